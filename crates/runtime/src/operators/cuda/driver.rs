//! NVIDIA's driver, loaded when a session runs on its GPU: takes the compiled kernels and launches them.

#![expect(unsafe_code, reason = "calls into NVIDIA's driver")]

use std::{
    ffi::{CString, c_void},
    mem::MaybeUninit,
    sync::{LazyLock, Mutex, PoisonError},
};

use cudarc::driver::{
    DriverError,
    result::{ctx, function, launch_kernel, memcpy_htod_async, module},
    sys::{
        CUcontext, CUdevice_attribute, CUfunction, CUfunction_attribute, CUmodule, CUstream, cuCtxGetDevice,
        is_culib_present,
    },
};

use super::launch::{Address, Launch, THREADS, USUAL_SHARED_BYTES};

/// The kernels, as compile.py makes them.
pub(super) const PTX: &str = include_str!("attention.ptx");

/// The kernels in the driver.
#[derive(Clone, Copy, Debug)]
struct Kernels {
    context: CUcontext,
    module: CUmodule,
    /// Shared memory that a block may have if it asks, in bytes.
    most_shared_bytes: i32,
}

// SAFETY: handles of the driver, which may be used from any thread.
unsafe impl Send for Kernels {}

// SAFETY: tries to load the driver's library; calls nothing in it.
static DRIVER_IS_THERE: LazyLock<bool> = LazyLock::new(|| unsafe { is_culib_present() });

/// The kernels of the context that ran last: the program has one session at a time, and its context outlives it.
static LOADED: Mutex<Option<Kernels>> = Mutex::new(None);

/// One of ONNX Runtime's streams, in which the device works on one thing after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream {
    handle: CUstream,
    kernels: Kernels,
}

impl Stream {
    /// Takes a CUDA stream of the calling thread's context; null is the default one. The first call of a process
    /// translates the kernels for the GPU, which takes a moment.
    ///
    /// # Errors
    /// What the driver reports.
    pub(super) fn new(stream: *mut c_void) -> Result<Self, String> {
        if !*DRIVER_IS_THERE {
            return Err("NVIDIA's driver library (libcuda.so.1 or nvcuda.dll) cannot be loaded.".into());
        }
        let context = ctx::get_current()
            .map_err(|error| driver_error("looking for the GPU", error))?
            .ok_or("ONNX Runtime has made no CUDA context current.")?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        let kernels = match *loaded {
            Some(kernels) if kernels.context == context => kernels,
            _ => Kernels::load(context)
                .map_err(|error| driver_error("loading the attention kernels", error))?,
        };
        *loaded = Some(kernels);
        Ok(Self { handle: stream.cast(), kernels })
    }

    /// Appends a copy of `bytes` to `target`.
    ///
    /// # Errors
    /// What the driver reports.
    ///
    /// # Safety
    /// `target` lies in device memory of this stream's context, with room for all of them, and they stay as they are until
    /// the stream has come past this.
    pub(super) unsafe fn upload(&self, bytes: &[u8], target: Address) -> Result<(), String> {
        // SAFETY: by the caller's promise.
        unsafe { memcpy_htod_async(target, bytes, self.handle) }
            .map_err(|error| driver_error("uploading the control", error))
    }

    /// Appends a kernel.
    ///
    /// # Errors
    /// What the driver reports; more shared memory than the GPU has.
    ///
    /// # Safety
    /// The addresses of its call are of device memory of this stream's context, as large as its sizes say, and stay
    /// valid until the stream has come past it.
    pub(super) unsafe fn launch(&self, launch: &Launch) -> Result<(), String> {
        let Launch { kernel, grid, shared_bytes, mut call } = *launch;
        let function = self.function(kernel, shared_bytes)?;
        let [x, y, z] = grid;
        // SAFETY: the kernel takes one argument, which the driver copies before it returns; the rest is the caller's
        // promise.
        unsafe {
            launch_kernel(
                function,
                (x, y, z),
                (THREADS as u32, 1, 1),
                shared_bytes as u32,
                self.handle,
                &mut [(&raw mut call).cast()],
            )
        }
        .map_err(|error| driver_error(&format!("starting {kernel}"), error))
    }

    fn function(&self, kernel: &str, shared_bytes: usize) -> Result<CUfunction, String> {
        let name = CString::new(kernel).map_err(|error| error.to_string())?;
        // SAFETY: the module stays loaded as long as the process.
        let function = unsafe { module::get_function(self.kernels.module, name) }
            .map_err(|error| driver_error(&format!("looking for {kernel}"), error))?;
        if shared_bytes > USUAL_SHARED_BYTES {
            let most = self.kernels.most_shared_bytes;
            let wanted = i32::try_from(shared_bytes).ok().filter(|&wanted| wanted <= most).ok_or_else(|| {
                format!(
                    "The prompt is too long for this GPU: {shared_bytes} bytes of shared memory are needed, and it has \
                     {most}. Shorten the prompt, or start with --portable."
                )
            })?;
            let attribute = CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
            // SAFETY: the function is the module's.
            unsafe { function::set_function_attribute(function, attribute, wanted) }
                .map_err(|error| driver_error("asking for shared memory", error))?;
        }
        Ok(function)
    }
}

impl Kernels {
    /// Into the current context.
    fn load(context: CUcontext) -> Result<Self, DriverError> {
        let mut image = PTX.as_bytes().to_vec();
        image.push(0);
        // SAFETY: PTX is text that ends with a zero.
        let module = unsafe { module::load_data(image.as_ptr().cast()) }?;
        let mut device = MaybeUninit::uninit();
        let attribute = CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN;
        // SAFETY: a context is current, so it has a device, and the first call writes it.
        let most_shared_bytes = unsafe {
            cuCtxGetDevice(device.as_mut_ptr()).result()?;
            cudarc::driver::result::device::get_attribute(device.assume_init(), attribute)
        }?;
        Ok(Self { context, module, most_shared_bytes })
    }
}

fn driver_error(doing: &str, error: DriverError) -> String {
    let reason = error.error_string().map_or_else(|_| "no reason".into(), |text| text.to_string_lossy());
    format!("NVIDIA's driver failed while {doing}: {reason} ({:?}).", error.0)
}
