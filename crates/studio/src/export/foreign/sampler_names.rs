//! The names of samplers as other programs write them.
//!
//! Automatic1111 and Forge write "DPM++ 2M" with a schedule type, older versions "DPM++ 2M Karras"; ComfyUI and Fooocus
//! `dpmpp_2m` with a scheduler; InvokeAI `dpmpp_2m_k`, its early versions `k_dpmpp_2m`. All become one plain word, which is
//! compared with [`Sampler::a1111`].

use tauscope_core::diffusion::scheduler::Sampler;

/// A sampler of another program, as far as it is offered here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedSampler {
    /// The sampler.
    pub sampler: Sampler,
    /// Whether its noise levels are spaced as that program did.
    pub has_schedule: bool,
}

/// Names of which ours are others.
const SAME: [(&str, &str); 3] = [("eulerancestral", "eulera"), ("unipcbh1", "unipc"), ("unipcbh2", "unipc")];

/// Schedule types that leave a sampler's noise levels as the model has them.
const PLAIN: [&str; 4] = ["automatic", "normal", "uniform", "default"];

/// Schedule types that a name may end with.
const ENDINGS: [(&str, &str); 4] = [
    ("karras", "karras"),
    ("k", "karras"),
    ("exponential", "exponential"),
    ("polyexponential", "polyexponential"),
];

/// The sampler that a program calls `name`, with the schedule type that it names apart; `None` for one that is not offered.
pub fn sampler_named(name: &str, schedule: Option<&str>) -> Option<NamedSampler> {
    let mut parts = parts(name);
    // InvokeAI's early names begin with it; ComfyUI's may end with where they draw their noise.
    if parts.len() > 1 && parts[0] == "k" {
        parts.remove(0);
    }
    parts.retain(|part| part != "gpu");
    let ending = parts
        .last()
        .and_then(|last| ENDINGS.iter().find(|(ending, _)| ending == last))
        .map(|ending| ending.1);
    if ending.is_some() && parts.len() > 1 {
        parts.pop();
    }
    let name = parts.concat();
    let name = SAME.iter().find(|(theirs, _)| *theirs == name).map_or(name.as_str(), |(_, ours)| ours);
    let schedule = schedule.map(one_word).filter(|schedule| schedule != "automatic");
    let schedule = schedule.as_deref().or(ending).unwrap_or("normal");
    let schedule = if PLAIN.contains(&schedule) { "normal" } else { schedule };

    let offered = || Sampler::ALL.into_iter().filter(|sampler| one_word(sampler.a1111().0) == name);
    let with = |wanted: &str| offered().find(|sampler| one_word(sampler.a1111().1) == wanted);
    match with(schedule) {
        Some(sampler) => Some(NamedSampler { sampler, has_schedule: true }),
        None => {
            Some(NamedSampler { sampler: with("normal").or_else(|| offered().next())?, has_schedule: false })
        }
    }
}

/// The words of a name in small letters; "++" is "pp".
fn parts(name: &str) -> Vec<String> {
    let plain = name.to_lowercase().replace("++", "pp");
    plain.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn one_word(name: &str) -> String {
    parts(name).concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_has_its_own_names() {
        fn check(name: &str, schedule: Option<&str>, expected: Option<(&str, bool)>) {
            let found = sampler_named(name, schedule);
            let found = found.map(|found| (found.sampler.word(), found.has_schedule));
            assert_eq!(found, expected, "{name} {schedule:?}");
        }
        // Automatic1111 before schedule types.
        check("Euler a", None, Some(("euler-a", true)));
        check("Euler", None, Some(("euler", true)));
        check("DPM++ 2M Karras", None, Some(("dpmpp-2m-karras", true)));
        check("DDIM", None, Some(("ddim", true)));
        check("Restart", None, None);
        check("DPM++ 2M SDE Heun Karras", None, None);
        // Automatic1111 since, and Forge.
        check("DPM++ 2M", Some("Karras"), Some(("dpmpp-2m-karras", true)));
        check("DPM++ 2M", Some("Automatic"), Some(("dpmpp-2m", true)));
        check("DPM++ 2M", Some("Uniform"), Some(("dpmpp-2m", true)));
        check("DPM++ 2M", Some("SGM Uniform"), Some(("dpmpp-2m", false)));
        check("Euler", Some("Simple"), Some(("euler", false)));
        check("Euler a", Some("Karras"), Some(("euler-a", false)));
        check("DDIM CFG++", Some("DDIM"), None);
        // ComfyUI and Fooocus.
        check("euler_ancestral", Some("normal"), Some(("euler-a", true)));
        check("dpmpp_2m", Some("karras"), Some(("dpmpp-2m-karras", true)));
        check("dpmpp_2m", Some("sgm_uniform"), Some(("dpmpp-2m", false)));
        check("euler_cfg_pp", Some("normal"), None);
        check("lcm", Some("lcm"), Some(("lcm", false)));
        // InvokeAI.
        check("euler_k", None, Some(("euler-karras", true)));
        check("dpmpp_2m_k", None, Some(("dpmpp-2m-karras", true)));
        check("k_euler_a", None, Some(("euler-a", true)));
        check("k_dpmpp_2m", None, Some(("dpmpp-2m", true)));
        // Our own words.
        check("dpmpp-2m-karras", None, Some(("dpmpp-2m-karras", true)));
        check("euler-a", None, Some(("euler-a", true)));
        for name in ["", "k", "++", "karras", "🎩"] {
            check(name, None, None);
        }
    }

    #[test]
    fn what_pictures_of_ours_say_is_understood() {
        for sampler in Sampler::ALL {
            let (name, schedule) = sampler.a1111();
            let found = sampler_named(name, Some(schedule));
            assert_eq!(found, Some(NamedSampler { sampler, has_schedule: true }));
        }
    }
}
