//! The system's folder dialog, asked without ever blocking the window.

use std::{
    path::PathBuf,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use rfd::AsyncFileDialog;

/// A dialog that is open. Where the system has none it ends at once without a folder, which is why a path field
/// stands beside it.
pub(super) struct FolderDialog {
    future: Pin<Box<dyn Future<Output = Option<PathBuf>>>>,
    waker: Waker,
}

impl FolderDialog {
    /// Opens it; its answer asks `ctx` for a repaint.
    pub(super) fn open(ctx: &egui::Context) -> Self {
        let dialog = AsyncFileDialog::new().set_title("Open a model folder");
        let future = async move { dialog.pick_folder().await.map(|folder| folder.path().to_owned()) };
        Self { future: Box::pin(future), waker: Waker::from(Arc::new(Repaint(ctx.clone()))) }
    }

    /// The answer, once there is one: the folder, or `None` if it was cancelled.
    pub(super) fn poll(&mut self) -> Option<Option<PathBuf>> {
        match self.future.as_mut().poll(&mut Context::from_waker(&self.waker)) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        }
    }
}

struct Repaint(egui::Context);

impl Wake for Repaint {
    fn wake(self: Arc<Self>) {
        self.0.request_repaint();
    }
}
