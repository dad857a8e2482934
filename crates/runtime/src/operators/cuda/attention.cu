// The cross-attention operator on NVIDIA's GPUs: what `naive.rs` computes, for f32 and f16 tensors.
//
// A block is four warps and computes a tile of patches for one head of one batch row: logits, softmax, control, and
// the product with V, all in f32. The head mean needs every head, so the probabilities of a row that is recorded go
// through memory [H, N, L] and `head_mean` reads them; its result is the same at each call, as sums of atomics would
// not be. The mask needs the head mean of the neutral probabilities, so with a mask `attend` runs twice.
//
// compile.py makes attention.ptx of this file. The tests compile it as C++ with emulator.cpp, which supplies what a GPU
// has. It includes nothing, for NVRTC comes without headers.

constexpr int WARPS = 4;
constexpr int LANES = 32;
constexpr int THREADS = WARPS * LANES;
constexpr int TOKENS = 32;    // of K and V in shared memory at a time
constexpr int CHANNELS = 64;  // of V in shared memory at a time
constexpr unsigned ALL = 0xffffffffu;
constexpr float LOWEST = -3.402823466e38f;

// What a launch computes; `launch.rs` has the same struct and says what each member is.
struct Call {
    const void *q, *k, *v;
    void *out;
    float *probabilities, *map, *score;
    int *winner;
    const int *group;
    const float *weight;
    const int *seats;
    int patches, tokens, heads, head_size, groups;
    int first_row, recorded_row, controlled_row, reduce;
    float scale, strength;
};

struct half {
    unsigned short bits;
};

__device__ inline float widen(float x) { return x; }
__device__ inline void narrow(float x, float *target) { *target = x; }
#ifdef __CUDACC__
__device__ inline float widen(half x) {
    float wide;
    asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(x.bits));
    return wide;
}
__device__ inline void narrow(float x, half *target) {
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(target->bits) : "f"(x));
}
#endif

__device__ inline int least(int a, int b) { return a < b ? a : b; }

__device__ inline float warp_max(float x) {
    for (int lane = LANES / 2; lane > 0; lane /= 2) x = fmaxf(x, __shfl_xor_sync(ALL, x, lane));
    return x;
}

__device__ inline float warp_sum(float x) {
    for (int lane = LANES / 2; lane > 0; lane /= 2) x += __shfl_xor_sync(ALL, x, lane);
    return x;
}

// One multiply-add after the other; a sum of products would cost an addition more.
__device__ inline float dot(float4 a, float4 b, float sum) {
    sum += a.x * b.x;
    sum += a.y * b.y;
    sum += a.z * b.z;
    sum += a.w * b.w;
    return sum;
}

// Four numbers below each other in a chunk of V.
__device__ inline float4 column(const float *top) {
    return {top[0], top[CHANNELS], top[2 * CHANNELS], top[3 * CHANNELS]};
}

__device__ inline int whole_fours(int count) { return (count + 3) / 4 * 4; }

// From one row of channels in shared memory to the next: an odd number of fours, so that the lanes of a warp, each at a
// row of its own, read from different banks.
__device__ inline int row_stride(int depth) { return 4 * (depth / 4 | 1); }

// Copies `rows` rows of `columns` numbers, zeros beyond `given_rows` and `given_columns`.
template <typename T>
__device__ void load(float *target, int stride, int rows, int columns, const T *source, long long source_stride,
                     int given_rows, int given_columns) {
    for (int row = threadIdx.x / LANES; row < rows; row += WARPS) {
        for (int column = threadIdx.x % LANES; column < columns; column += LANES) {
            const bool is_given = row < given_rows && column < given_columns;
            target[row * stride + column] = is_given ? widen(source[row * source_stride + column]) : 0.0f;
        }
    }
}

// Turns the logits (to base 2) of one patch into the attention that is used. Called by all lanes of a warp.
__device__ void steer(const Call &call, float *row, int lane, bool is_controlled, int patch) {
    float largest = LOWEST, largest_seen = LOWEST;
    bool masks = is_controlled && call.strength > 0.0f;
    int winner = masks ? call.winner[patch] : -1;
    auto sees = [&](int token) { return call.group[token] < 0 || call.group[token] == winner; };

    for (int token = lane; token < call.tokens; token += LANES) {
        largest = fmaxf(largest, row[token]);
        if (masks && sees(token)) largest_seen = fmaxf(largest_seen, row[token]);
    }
    largest = warp_max(largest);
    if (masks) largest_seen = warp_max(largest_seen);

    // The neutral softmax and the one over the visible tokens have sums of their own, so that neither underflows.
    float sum = 0.0f, sum_seen = 0.0f;
    for (int token = lane; token < call.tokens; token += LANES) {
        sum += exp2f(row[token] - largest);
        if (masks && sees(token)) sum_seen += exp2f(row[token] - largest_seen);
    }
    float neutral = 1.0f / warp_sum(sum), masked = 0.0f;
    if (masks) {
        neutral *= 1.0f - call.strength;
        masked = call.strength / warp_sum(sum_seen);
    }

    float weighed = 0.0f;
    for (int token = lane; token < call.tokens; token += LANES) {
        float logit = row[token];
        float a = neutral * exp2f(logit - largest);
        if (masks && sees(token)) a += masked * exp2f(logit - largest_seen);
        if (is_controlled) a *= call.weight[token];
        weighed += a;
        row[token] = a;
    }
    if (is_controlled) {
        float normal = 1.0f / warp_sum(weighed);
        for (int token = lane; token < call.tokens; token += LANES) row[token] *= normal;
    }
}

// Grid: tiles of WARPS * ROWS patches, heads, batch rows from first_row on.
template <typename T, int ROWS>
__device__ void attend(const Call &call) {
    extern __shared__ float shared[];
    constexpr int TILE = WARPS * ROWS;
    const int depth = whole_fours(call.head_size), stride = row_stride(depth);
    const int width = whole_fours(call.tokens);
    float *queries = shared;                   // [TILE, stride]
    float *attention = queries + TILE * stride;  // [TILE, width]
    float *chunk = attention + TILE * width;     // [TOKENS, the larger of stride and CHANNELS]

    const int lane = threadIdx.x % LANES, first = threadIdx.x / LANES * ROWS;
    const int tile = blockIdx.x * TILE, head = blockIdx.y, row = call.first_row + blockIdx.z;
    const int patches = least(TILE, call.patches - tile);
    const long long channels = (long long)call.heads * call.head_size;
    auto of_head = [&](const void *tensor, int rows, int from) {
        return (const T *)tensor + ((long long)row * rows + from) * channels + head * call.head_size;
    };

    load(queries, stride, TILE, depth, of_head(call.q, call.patches, tile), channels, patches, call.head_size);
    for (int from = 0; from < call.tokens; from += TOKENS) {
        const int tokens = least(TOKENS, call.tokens - from);
        load(chunk, stride, TOKENS, depth, of_head(call.k, call.tokens, from), channels, tokens, call.head_size);
        __syncthreads();
        float logits[ROWS] = {};
        for (int channel = 0; channel < depth; channel += 4) {
            const float4 key = *(const float4 *)(chunk + lane * stride + channel);
            for (int r = 0; r < ROWS; r++) {
                const float4 query = *(const float4 *)(queries + (first + r) * stride + channel);
                logits[r] = dot(query, key, logits[r]);
            }
        }
        for (int r = 0; r < ROWS && lane < tokens; r++)
            attention[(first + r) * width + from + lane] = logits[r] * call.scale;
        __syncthreads();
    }

    // From here to the product a warp works on its own patches. Those beyond the last are computed and not stored.
#pragma unroll 1
    for (int r = 0; r < ROWS; r++) {
        const int patch = least(tile + first + r, call.patches - 1);
        float *of_patch = attention + (first + r) * width;
        steer(call, of_patch, lane, row == call.controlled_row, patch);
        if (row == call.recorded_row && first + r < patches) {
            float *record = call.probabilities + ((long long)head * call.patches + patch) * call.tokens;
            for (int token = lane; token < call.tokens; token += LANES) record[token] = of_patch[token];
        }
        if (lane < width - call.tokens) of_patch[call.tokens + lane] = 0.0f;
    }
    if (call.out == nullptr) return;

    for (int channel = 0; channel < call.head_size; channel += CHANNELS) {
        float out[ROWS][2] = {};
        for (int from = 0; from < call.tokens; from += TOKENS) {
            __syncthreads();
            load(chunk, CHANNELS, TOKENS, CHANNELS, of_head(call.v, call.tokens, from) + channel, channels,
                 call.tokens - from, call.head_size - channel);
            __syncthreads();
            for (int token = 0; token < TOKENS && from + token < width; token += 4) {
                const float *values = chunk + token * CHANNELS + lane;
                const float4 low = column(values), high = column(values + LANES);
                for (int r = 0; r < ROWS; r++) {
                    const float4 a = *(const float4 *)(attention + (first + r) * width + from + token);
                    out[r][0] = dot(a, low, out[r][0]);
                    out[r][1] = dot(a, high, out[r][1]);
                }
            }
        }
        for (int r = 0; r < ROWS && first + r < patches; r++) {
            T *target = (T *)of_head(call.out, call.patches, tile + first + r) + channel;
            for (int side = 0; side < 2; side++) {
                const int column = lane + side * LANES;
                if (channel + column < call.head_size) narrow(out[r][side], target + column);
            }
        }
    }
}

extern "C" {

__global__ void __launch_bounds__(THREADS) attend_f32(const Call call) { attend<float, 8>(call); }
__global__ void __launch_bounds__(THREADS) attend_f16(const Call call) { attend<half, 8>(call); }
// For prompts so long that larger tiles do not fit shared memory.
__global__ void __launch_bounds__(THREADS) attend_long_f32(const Call call) { attend<float, 1>(call); }
__global__ void __launch_bounds__(THREADS) attend_long_f16(const Call call) { attend<half, 1>(call); }

// map [N, L] of the probabilities. Grid: its numbers.
__global__ void __launch_bounds__(THREADS) head_mean(const Call call) {
    const long long size = (long long)call.patches * call.tokens, i = (long long)blockIdx.x * THREADS + threadIdx.x;
    if (i >= size) return;
    float sum = 0.0f;
    for (int head = 0; head < call.heads; head++) sum += call.probabilities[head * size + i];
    call.map[i] = sum / call.heads;
}

// score [N, G] of the map, and the group that each patch sees [N]. Grid: patches.
__global__ void __launch_bounds__(THREADS) score(const Call call) {
    const int patch = blockIdx.x * THREADS + threadIdx.x;
    if (patch >= call.patches) return;
    const float *map = call.map + (long long)patch * call.tokens;
    int winner = -1;
    float highest = 0.0f;
    for (int group = 0; group < call.groups; group++) {
        float sum = 0.0f, largest = 0.0f;
        int count = 0;
        for (int token = 0; token < call.tokens; token++) {
            if (call.group[token] != group) continue;
            sum += map[token];
            largest = fmaxf(largest, map[token]);
            count++;
        }
        float score = call.reduce == 2 ? largest : call.reduce == 1 && count > 0 ? sum / count : sum;
        call.score[(long long)patch * call.groups + group] = score;
        if (count > 0 && (winner < 0 || score > highest)) {
            winner = group;
            highest = score;
        }
    }
    // A patch that is told whom to see has another seat than -1: a group, or -2, of which there are no tokens.
    const int seat = call.seats == nullptr ? -1 : call.seats[patch];
    call.winner[patch] = seat == -1 ? winner : seat;
}
}
