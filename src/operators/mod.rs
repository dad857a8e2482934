//! Custom operators: the attention kernels that ONNX Runtime calls in the middle of the UNet.
