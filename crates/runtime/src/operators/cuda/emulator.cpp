// Runs the kernels of attention.cu on a CPU, for tests on machines without a GPU: one fiber for each thread of a block,
// blocks one after the other. It finds wrong arithmetic, wrong indices and missing or misplaced barriers as far as one
// order of execution shows them; it says nothing of speed.
//
// Reads from stdin: u64 bytes of memory, the memory, u32 launches; for each launch the kernel's name in 32 bytes, the
// grid as 3 u32, u32 bytes of shared memory, a Call whose pointers are offsets into the memory. Writes the memory.

#include <ucontext.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#define __device__
#define __global__
#define __launch_bounds__(threads)
#define __shared__

struct Index {
    unsigned x, y, z;
};
struct alignas(16) float4 {
    float x, y, z, w;
};

static Index threadIdx, blockIdx;
alignas(64) float shared[1 << 16];

static constexpr int BLOCK = 128, WARP = 32;
static ucontext_t scheduler, fibers[BLOCK];
static char stacks[BLOCK][1 << 16];
static bool ended[BLOCK];

static void yield() {
    swapcontext(&fibers[threadIdx.x], &scheduler);
}

struct Barrier {
    int waiting = 0, passed = 0;

    void wait(int threads) {
        if (++waiting == threads) {
            waiting = 0;
            passed++;
        } else {
            for (int now = passed; now == passed;) yield();
        }
    }
};
static Barrier block_barrier, warp_barriers[BLOCK / WARP];

static void __syncthreads() {
    block_barrier.wait(BLOCK);
}

static float __shfl_xor_sync(unsigned, float value, int lane) {
    static float values[BLOCK];
    Barrier &warp = warp_barriers[threadIdx.x / WARP];
    values[threadIdx.x] = value;
    warp.wait(WARP);
    float other = values[threadIdx.x ^ lane];
    warp.wait(WARP);
    return other;
}

struct half;
static float widen(half x);
static void narrow(float x, half *target);

#include "attention.cu"

static float widen(half x) {
    _Float16 value;
    memcpy(&value, &x, sizeof value);
    return value;
}

static void narrow(float x, half *target) {
    _Float16 value = (_Float16)x;
    memcpy(target, &value, sizeof value);
}

using Kernel = void (*)(Call);
static Kernel running;
static Call argument;

static Kernel find(const char *name) {
    const struct {
        const char *name;
        Kernel kernel;
    } kernels[] = {{"attend_f32", attend_f32},           {"attend_f16", attend_f16},
                   {"attend_long_f32", attend_long_f32}, {"attend_long_f16", attend_long_f16},
                   {"head_mean", head_mean},             {"score", score}};
    for (const auto &entry : kernels)
        if (strcmp(entry.name, name) == 0) return entry.kernel;
    fprintf(stderr, "no kernel %s\n", name);
    exit(1);
}

static void thread() {
    running(argument);
    ended[threadIdx.x] = true;
    swapcontext(&fibers[threadIdx.x], &scheduler);
}

static void run_block() {
    for (int i = 0; i < BLOCK; i++) {
        getcontext(&fibers[i]);
        fibers[i].uc_stack.ss_sp = stacks[i];
        fibers[i].uc_stack.ss_size = sizeof stacks[i];
        fibers[i].uc_link = nullptr;
        makecontext(&fibers[i], thread, 0);
        ended[i] = false;
    }
    for (int running_fibers = BLOCK; running_fibers > 0;) {
        running_fibers = 0;
        for (unsigned i = 0; i < BLOCK; i++) {
            if (ended[i]) continue;
            threadIdx = {i, 0, 0};
            swapcontext(&scheduler, &fibers[i]);
            running_fibers += !ended[i];
        }
    }
}

static void read_all(void *target, size_t bytes) {
    if (fread(target, 1, bytes, stdin) != bytes) {
        fprintf(stderr, "the input ends too early\n");
        exit(1);
    }
}

int main() {
    uint64_t bytes;
    read_all(&bytes, sizeof bytes);
    std::vector<char> memory(bytes);
    read_all(memory.data(), bytes);
    uint32_t launches;
    read_all(&launches, sizeof launches);
    for (; launches > 0; launches--) {
        char name[32];
        uint32_t grid[3], shared_bytes;
        read_all(name, sizeof name);
        read_all(grid, sizeof grid);
        read_all(&shared_bytes, sizeof shared_bytes);
        read_all(&argument, sizeof argument);
        auto pointers = (char **)&argument;
        for (int i = 0; i < 11; i++)
            if (pointers[i]) pointers[i] = memory.data() + (size_t)pointers[i];
        running = find(name);
        memset(shared, 0xff, sizeof shared);
        for (unsigned z = 0; z < grid[2]; z++)
            for (unsigned y = 0; y < grid[1]; y++)
                for (unsigned x = 0; x < grid[0]; x++) {
                    blockIdx = {x, y, z};
                    run_block();
                }
        for (size_t i = shared_bytes; i < sizeof shared; i++)
            if (((unsigned char *)shared)[i] != 0xff) {
                fprintf(stderr, "%s writes beyond its shared memory\n", name);
                return 1;
            }
    }
    fwrite(memory.data(), 1, bytes, stdout);
}
