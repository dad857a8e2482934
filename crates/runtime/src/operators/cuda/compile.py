"""Compiles attention.cu to attention.ptx with NVRTC, NVIDIA's compiler as a library; needs no GPU.

    pip install nvidia-cuda-nvrtc-cu12==12.1.105
    python src/operators/cuda/compile.py

An old NVRTC on purpose: drivers understand the PTX of their own and of older CUDA versions, and translate it for
whatever GPU there is. The first line of the result is the checksum of the source, which a test compares.
"""

import ctypes
import hashlib
import importlib.util
from pathlib import Path

ARCHITECTURE = "compute_70"  # Volta: the oldest that ONNX Runtime's CUDA libraries still know

HERE = Path(__file__).parent
SOURCE = HERE / "attention.cu"


def nvrtc():
    folder = Path(importlib.util.find_spec("nvidia.cuda_nvrtc").submodule_search_locations[0]) / "lib"
    for builtins in folder.glob("libnvrtc-builtins.so*"):
        ctypes.CDLL(str(builtins), mode=ctypes.RTLD_GLOBAL)
    return ctypes.CDLL(str(next(folder.glob("libnvrtc.so*"))))


def text(size_of, get, program):
    size = ctypes.c_size_t()
    size_of(program, ctypes.byref(size))
    buffer = ctypes.create_string_buffer(size.value)
    get(program, buffer)
    return buffer.value.decode()


def main():
    library = nvrtc()
    source = SOURCE.read_bytes()
    program = ctypes.c_void_p()
    library.nvrtcCreateProgram(ctypes.byref(program), source, SOURCE.name.encode(), 0, None, None)
    options = [f"--gpu-architecture={ARCHITECTURE}".encode(), b"--std=c++17"]
    failed = library.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*options))
    log = text(library.nvrtcGetProgramLogSize, library.nvrtcGetProgramLog, program)
    if failed or log:
        print(log)
    if failed:
        raise SystemExit(f"NVRTC refuses {SOURCE}.")
    ptx = text(library.nvrtcGetPTXSize, library.nvrtcGetPTX, program)
    checksum = hashlib.sha256(source).hexdigest()
    (HERE / "attention.ptx").write_text(f"// attention.cu {checksum}\n{ptx}")


main()
