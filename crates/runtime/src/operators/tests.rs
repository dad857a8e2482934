//! Every instruction set that this machine can run, beside the naive twin.

use half::f16;
use pulp::Arch;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

#[cfg(unix)]
use super::cuda;
use super::{
    kernel::{CrossAttention, Element, name, paths},
    naive,
    problem::{LayerControl, Outputs, Problem, Reduce, Shape},
};

/// A problem that owns its numbers.
#[derive(Clone, Debug)]
struct Case {
    shape: Shape,
    scale: f32,
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    row: usize,
    group: Vec<i32>,
    weight: Vec<f32>,
    strength: f32,
    reduce: Reduce,
    told: Vec<i32>,
}

impl Case {
    /// Numbers of about unit variance, neutral control.
    fn random(rng: &mut ChaCha8Rng, [batch, patches, tokens, heads, head_size]: [usize; 5]) -> Self {
        let shape = Shape { batch, patches, tokens, heads, head_size };
        let mut numbers = |rows: usize| -> Vec<f32> {
            // f16 numbers, so that one case serves both element types.
            let number = |_| f16::from_f32((unit(rng) + unit(rng) + unit(rng) - 1.5) * 2.0).to_f32();
            (0..batch * rows * shape.channels()).map(number).collect()
        };
        let (q, k, v) = (numbers(patches), numbers(tokens), numbers(tokens));
        Self {
            shape,
            scale: 1.0 / (head_size as f32).sqrt(),
            q,
            k,
            v,
            row: below(rng, batch),
            group: vec![-1; tokens],
            weight: vec![1.0; tokens],
            strength: 0.0,
            reduce: Reduce::Sum,
            told: Vec::new(),
        }
    }

    fn control(&self) -> LayerControl<'_> {
        LayerControl {
            group: &self.group,
            weight: &self.weight,
            strength: self.strength,
            reduce: self.reduce,
            told: &self.told,
        }
    }

    fn naive(&self) -> naive::Answer {
        let tensors = [&self.q[..], &self.k, &self.v];
        naive::cross_attention(
            &Problem::new(self.shape, self.scale, tensors, self.row, self.control()).unwrap(),
        )
    }

    /// out, map, neutral and score, by way of tensors of T.
    fn run<T: Element + Default>(&self, kernel: &mut CrossAttention) -> [Vec<f32>; 4] {
        let [q, k, v] = [&self.q, &self.k, &self.v].map(|numbers| narrow::<T>(numbers));
        let problem = Problem::new(self.shape, self.scale, [&q, &k, &v], self.row, self.control()).unwrap();
        let Shape { patches, tokens, .. } = self.shape;
        let mut out = vec![T::default(); q.len()];
        let mut map = vec![f32::NAN; patches * tokens];
        let mut neutral = vec![f32::NAN; if self.control().acts() { patches * tokens } else { 0 }];
        let mut score = vec![f32::NAN; patches * self.control().groups()];
        let outputs = Outputs { out: &mut out, map: &mut map, neutral: &mut neutral, score: &mut score };
        kernel.run(&problem, outputs, in_line).unwrap();
        [T::widen(&out, &mut Vec::new()).to_vec(), map, neutral, score]
    }

    /// What every kernel makes of it in f32, with its name.
    fn every_answer(&self) -> Vec<(&'static str, [Vec<f32>; 4])> {
        let on_cpu = |arch| (name(arch), self.run::<f32>(&mut CrossAttention::new(arch)));
        let answers = paths().into_iter().map(on_cpu);
        #[cfg(unix)]
        let answers = answers.chain([("CUDA", self.run_cuda::<f32>())]);
        answers.collect()
    }

    /// The same by the kernels for GPUs.
    #[cfg(unix)]
    fn run_cuda<T: Element + Default + bytemuck::Pod>(&self) -> [Vec<f32>; 4] {
        let [q, k, v] = [&self.q, &self.k, &self.v].map(|numbers| narrow::<T>(numbers));
        let problem = Problem::new(self.shape, self.scale, [&q, &k, &v], self.row, self.control());
        cuda::tests::answer(&problem.unwrap())
    }
}

fn narrow<T: Element + Default>(numbers: &[f32]) -> Vec<T> {
    let mut narrow = vec![T::default(); numbers.len()];
    T::narrow(&mut narrow, &mut Vec::new(), |target| target.copy_from_slice(numbers));
    narrow
}

fn in_line(count: usize, task: &(dyn Fn() + Send + Sync)) -> Result<(), std::convert::Infallible> {
    (0..count).for_each(|_| task());
    Ok(())
}

/// 0..1.
fn unit(rng: &mut ChaCha8Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 / (1 << 24) as f32
}

fn below(rng: &mut ChaCha8Rng, end: usize) -> usize {
    rng.next_u32() as usize % end
}

/// Compares all paths with the naive twin. Patches whose winner is a matter of rounding are left out.
fn check(case: &Case, tolerance: f64) {
    let expected = case.naive();
    for arch in paths() {
        let mut kernel = CrossAttention::new(arch);
        check_answer(case, name(arch), case.run::<f32>(&mut kernel), &expected, tolerance, tolerance);
        check_answer(case, name(arch), case.run::<f16>(&mut kernel), &expected, 1e-3, tolerance);
    }
    #[cfg(unix)]
    {
        check_answer(case, "CUDA", case.run_cuda::<f32>(), &expected, tolerance, tolerance);
        check_answer(case, "CUDA", case.run_cuda::<f16>(), &expected, 1e-3, tolerance);
    }
}

fn check_answer(
    case: &Case,
    path: &str,
    [out, map, neutral, score]: [Vec<f32>; 4],
    expected: &naive::Answer,
    out_tolerance: f64,
    tolerance: f64,
) {
    let Shape { patches, tokens, .. } = case.shape;
    let groups = case.control().groups();
    let tied = |patch: usize| {
        let mut score = expected.score[patch * groups..][..groups].to_vec();
        score.sort_by(f64::total_cmp);
        groups > 1 && case.strength > 0.0 && score[groups - 1] - score[groups - 2] < 1e-6
    };
    let channels = case.shape.channels();
    let of_row = |index: usize| index / channels / patches == case.row;
    let describe = |what, index| format!("{what} {index} on {path} of {:?}", (case.shape, case.control()));
    for (index, (&found, &expected)) in out.iter().zip(&expected.out).enumerate() {
        if !(of_row(index) && tied(index / channels % patches)) {
            near(f64::from(found), expected, out_tolerance, || describe("out", index));
        }
    }
    for (index, (&found, &expected)) in map.iter().zip(&expected.map).enumerate() {
        if !tied(index / tokens) {
            near(f64::from(found), expected, tolerance, || describe("map", index));
        }
    }
    for (index, (&found, &expected)) in neutral.iter().zip(&expected.neutral).enumerate() {
        near(f64::from(found), expected, tolerance, || describe("neutral map", index));
    }
    for (index, (&found, &expected)) in score.iter().zip(&expected.score).enumerate() {
        near(f64::from(found), expected, tolerance, || describe("score", index));
    }
    let lengths = [expected.map.len(), expected.neutral.len(), expected.score.len()];
    assert_eq!([map.len(), neutral.len(), score.len()], lengths);
}

/// Relative to the larger of `expected` and 1: outputs are means of numbers of that size.
fn near(found: f64, expected: f64, tolerance: f64, what: impl FnOnce() -> String) {
    let error = (found - expected).abs() / expected.abs().max(1.0);
    assert!(error <= tolerance, "{}: {found} for {expected}", what());
}

/// Three groups, one of them far longer, among global tokens.
fn group(case: &mut Case) {
    let tokens = case.shape.tokens;
    for (token, group) in case.group.iter_mut().enumerate() {
        *group = match token {
            _ if token * 3 < tokens => [-1, 0, 1][token % 3],
            _ if token * 2 < tokens => 2,
            _ => -1,
        };
    }
}

fn weigh(case: &mut Case, rng: &mut ChaCha8Rng) {
    case.weight.iter_mut().for_each(|weight| *weight = 0.05 + 1.9 * unit(rng));
}

#[test]
fn neutral_attention_of_any_shape_is_the_naive_one() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for head_size in [1, 7, 16, 32, 40, 64, 80, 160] {
        for tokens in [1, 5, 16, 77, 154, 231] {
            let dims =
                [1 + below(&mut rng, 3), 1 + below(&mut rng, 24), tokens, 1 + below(&mut rng, 3), head_size];
            check(&Case::random(&mut rng, dims), 1e-5);
        }
    }
    for patches in [1, 3, 15, 64, 65, 129, 300] {
        check(&Case::random(&mut rng, [2, patches, 77, 2, 32]), 1e-5);
    }
}

#[test]
fn control_of_every_kind_is_the_naive_one() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for reduce in [Reduce::Sum, Reduce::Mean, Reduce::Max] {
        for strength in [0.0, 0.3, 1.0] {
            for weighted in [false, true] {
                for tokens in [6, 77, 154] {
                    let dims =
                        [1 + below(&mut rng, 3), 1 + below(&mut rng, 80), tokens, 1 + below(&mut rng, 4), 20];
                    let mut case = Case { reduce, strength, ..Case::random(&mut rng, dims) };
                    group(&mut case);
                    if weighted {
                        weigh(&mut case, &mut rng);
                    }
                    check(&case, 1e-5);
                }
            }
        }
    }
}

#[test]
fn weights_act_without_groups_and_masks_only_with_two() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut case = Case { strength: 1.0, ..Case::random(&mut rng, [2, 20, 77, 3, 32]) };
    let plain = case.run::<f32>(&mut CrossAttention::new(Arch::new()));
    case.group[4..7].fill(0);
    let [out, map, neutral, score] = case.run::<f32>(&mut CrossAttention::new(Arch::new()));
    assert_eq!(([&out, &map, &neutral], score.len()), ([&plain[0], &plain[1], &Vec::new()], 20));
    check(&case, 1e-5);
    weigh(&mut case, &mut rng);
    check(&case, 1e-5);
    case.group.fill(-1);
    check(&case, 1e-5);
}

#[test]
fn a_group_without_tokens_scores_zero_and_never_wins() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for reduce in [Reduce::Sum, Reduce::Mean, Reduce::Max] {
        let mut case = Case { strength: 1.0, reduce, ..Case::random(&mut rng, [1, 10, 20, 2, 8]) };
        case.group[3] = 1;
        case.group[5] = 3;
        check(&case, 1e-5);
    }
}

#[test]
fn patches_see_what_they_are_told() {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    for reduce in [Reduce::Sum, Reduce::Mean, Reduce::Max] {
        for (tokens, patches) in [(6, 80), (77, 40), (308, 9)] {
            let dims = [1 + below(&mut rng, 2), 1 + below(&mut rng, patches), tokens, 2, 20];
            let strength = [0.3, 1.0][below(&mut rng, 2)];
            let mut case = Case { reduce, strength, ..Case::random(&mut rng, dims) };
            group(&mut case);
            // Three groups, one that does not exist, and both constants.
            case.told = (0..dims[1]).map(|_| below(&mut rng, 6) as i32 - 2).collect();
            check(&case, 1e-5);
            weigh(&mut case, &mut rng);
            // Without its tokens the first group cannot be seen anywhere.
            case.group.iter_mut().filter(|group| **group == 0).for_each(|group| *group = -1);
            check(&case, 1e-5);
            // Nor can nobody, where every token is of a group.
            case.group.iter_mut().filter(|group| **group == -1).for_each(|group| *group = 0);
            check(&case, 1e-5);
        }
    }
}

#[test]
fn what_is_told_decides_what_is_seen() {
    let mut rng = ChaCha8Rng::seed_from_u64(13);
    let mut case = Case { strength: 1.0, ..Case::random(&mut rng, [1, 60, 12, 2, 8]) };
    (case.group[3], case.group[5]) = (0, 1);
    case.told = (0..60).map(|patch| [0, 1, -2][patch % 3]).collect();
    for (path, [_, map, ..]) in case.every_answer() {
        for (patch, map) in map.chunks_exact(12).enumerate() {
            let seen = [map[3] > 0.0, map[5] > 0.0];
            assert_eq!(seen, [[true, false], [false, true], [false, false]][patch % 3], "{path}");
        }
    }
}

#[test]
fn a_tie_goes_to_the_lower_group() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut case = Case { strength: 1.0, ..Case::random(&mut rng, [1, 20, 33, 2, 8]) };
    let channels = case.shape.channels();
    case.k.copy_within(4 * channels..5 * channels, 30 * channels);
    (case.group[4], case.group[30]) = (1, 0);
    for (path, [_, map, _, score]) in case.every_answer() {
        for (map, score) in map.chunks_exact(33).zip(score.chunks_exact(2)) {
            assert_eq!(score[0], score[1], "{path}");
            assert!(map[4] == 0.0 && map[30] > 0.0, "{path}");
        }
    }
}

#[test]
fn visible_tokens_too_faint_for_f32_still_share_everything() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    for strength in [0.25, 1.0] {
        for weighted in [false, true] {
            // In head 0 group 0 outshines all else by e^200; the other heads make group 1 the winner.
            let mut case = Case { strength, ..Case::random(&mut rng, [2, 9, 21, 4, 8]) };
            let channels = case.shape.channels();
            case.q.chunks_exact_mut(8).for_each(|query| query[0] = 8.0);
            for (token, key) in case.k.chunks_exact_mut(channels).enumerate() {
                let bright = [[70.0, 0.0], [0.0, 20.0]];
                let [first, others] = *bright.get(token % 21).unwrap_or(&[0.0, 0.0]);
                key[0] = first;
                key.chunks_exact_mut(8).skip(1).for_each(|key| key[0] = others);
            }
            (case.group[0], case.group[1]) = (0, 1);
            if weighted {
                weigh(&mut case, &mut rng);
            }
            check(&case, 1e-5);
        }
    }
}

#[test]
fn huge_logits_do_not_overflow() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for strength in [0.0, 1.0] {
        let mut case = Case { strength, ..Case::random(&mut rng, [2, 9, 21, 2, 4]) };
        group(&mut case);
        // Powers of two: exact in f32, so only the exponential is put to the test.
        case.q.iter_mut().for_each(|q| *q = q.signum() * 1024.0);
        case.k.iter_mut().enumerate().for_each(|(i, k)| *k = k.signum() * (1 << (i % 5)) as f32 * 512.0);
        case.scale = 0.5;
        check(&case, 1e-5);
    }
}

#[test]
fn not_a_number_is_not_hidden() {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let mut case = Case::random(&mut rng, [1, 5, 20, 1, 8]);
    case.q[8] = f32::NAN;
    for (path, [out, map, ..]) in case.every_answer() {
        let rotten = |numbers: &[f32], width| -> Vec<bool> {
            numbers.chunks(width).map(|row| row.iter().all(|x| x.is_nan())).collect()
        };
        assert_eq!(rotten(&out, 8), [false, true, false, false, false], "{path}");
        assert_eq!(rotten(&map, 20), [false, true, false, false, false], "{path}");
    }
}

#[test]
fn a_kernel_can_be_used_again_for_other_shapes() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut kernel = CrossAttention::new(Arch::new());
    for dims in [[2, 40, 77, 2, 32], [1, 7, 5, 3, 9], [2, 70, 154, 2, 40], [1, 0, 5, 1, 4]] {
        let mut case = Case { strength: 0.5, ..Case::random(&mut rng, dims) };
        group(&mut case);
        let answer = case.run::<f32>(&mut kernel);
        check_answer(&case, name(Arch::new()), answer, &case.naive(), 1e-5, 1e-5);
    }
}

#[test]
fn results_do_not_depend_on_the_order_of_tasks() {
    let mut rng = ChaCha8Rng::seed_from_u64(10);
    let mut case = Case { strength: 0.5, ..Case::random(&mut rng, [2, 200, 77, 2, 32]) };
    group(&mut case);
    let [expected, ..] = case.run::<f32>(&mut CrossAttention::new(Arch::new()));
    let problem =
        Problem::new(case.shape, case.scale, [&case.q[..], &case.k, &case.v], case.row, case.control());
    let mut out = vec![0.0; case.q.len()];
    let (mut map, mut neutral, mut score) = (vec![0.0; 200 * 77], vec![0.0; 200 * 77], vec![0.0; 200 * 3]);
    let outputs = Outputs { out: &mut out, map: &mut map, neutral: &mut neutral, score: &mut score };
    CrossAttention::new(Arch::new())
        .run(&problem.unwrap(), outputs, |count, task| {
            std::thread::scope(|scope| (0..count).for_each(|_| drop(scope.spawn(task))));
            Ok::<_, std::convert::Infallible>(())
        })
        .unwrap();
    assert_eq!(out, expected);
}

#[test]
fn calls_that_do_not_fit_are_refused_in_a_sentence() {
    fn check(change: impl FnOnce(&mut Case), expected: &str) {
        let mut case = Case::random(&mut ChaCha8Rng::seed_from_u64(11), [2, 3, 5, 2, 4]);
        change(&mut case);
        let tensors = [&case.q[..], &case.k, &case.v];
        let error = Problem::new(case.shape, case.scale, tensors, case.row, case.control()).unwrap_err();
        assert!(error.contains(expected), "{error:?} has no {expected:?}");
    }
    check(|case| case.q.truncate(7), "q has 7 elements, not the 48");
    check(|case| case.v.push(0.0), "v has 81 elements, not the 80");
    check(|case| case.shape.tokens = 0, "at least one token");
    check(|case| case.scale = f32::NAN, "scale NaN");
    check(|case| case.row = 2, "conditional row is 2, but the batch has 2");
    check(|case| case.group.truncate(4), "4 token groups for 5 tokens");
    check(|case| case.weight.push(1.0), "6 token weights for 5 tokens");
    check(|case| case.group[1] = -2, "token group -2");
    check(|case| case.group[1] = 5, "token group 5");
    check(|case| case.told = vec![-1; 4], "4 patches are told what to see, not 3");
    check(|case| case.told = vec![-1, -3, 0], "label -3");
    check(|case| case.weight[0] = 0.0, "token weight 0");
    check(|case| case.weight[0] = f32::NAN, "token weight NaN");
    check(|case| case.strength = 1.5, "mask strength 1.5");
    check(|case| case.strength = f32::NAN, "mask strength NaN");
}
