//! The loop: takes in messages, updates the session, carries out effects, draws.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use egui::{Context, Ui, ViewportBuilder};

use super::{
    backend::{Attempt, Backend, Errand, Message},
    dialogs::FolderDialog,
    keys,
    maps::Maps,
    panels::{self, Drawing},
    session::{Command, Effect, Input, Remembered, Session, ThemeChoice, ViewCommand, update},
    textures::Textures,
    theme::{self, LEAST_WINDOW, Palette},
};
use tauscope_core::error::{Error, Result};
use tauscope_runtime::Memory;
use tauscope_studio::{
    painting::ModelSource,
    worker::{Event, Request},
};

/// How long a step is shown while the steps play.
const PLAY_STEP: Duration = Duration::from_millis(120);

/// What draws the window: OpenGL on Linux, where Mesa brings it to every screen, virtual and remote ones too. Elsewhere
/// wgpu, on Direct3D or Metal: Windows has no usable OpenGL over a remote desktop or in a virtual machine.
#[cfg(target_os = "linux")]
const RENDERER: eframe::Renderer = eframe::Renderer::Glow;
#[cfg(not(target_os = "linux"))]
const RENDERER: eframe::Renderer = eframe::Renderer::Wgpu;

/// The window.
pub struct Tauscope {
    session: Session,
    backend: Box<dyn Backend>,
    maps: Maps,
    textures: Textures,
    dialog: Option<FolderDialog>,
    theme: Option<ThemeChoice>,
    /// When playing goes on, in egui's time.
    next_tick: f64,
    resident_bytes: u64,
}

/// Opens the window and returns when it is closed. It begins with what the last one `remembered`, and opens `first` at
/// once.
///
/// # Errors
/// [`Error::Input`] if there is no display, and what the window system says otherwise.
pub fn run(
    make_backend: impl FnOnce(&Context) -> Result<Box<dyn Backend>> + 'static,
    remembered: Remembered,
    first: ModelSource,
) -> Result<()> {
    let viewport = ViewportBuilder::default()
        .with_title("Tauscope")
        .with_app_id("tauscope")
        .with_inner_size([1440.0, 900.0])
        .with_min_inner_size(LEAST_WINDOW);
    run_window("Tauscope", viewport, move |ctx| {
        let backend = make_backend(ctx)?;
        Ok(Box::new(Tauscope::new(ctx, backend, remembered, first)))
    })
}

/// Opens a window and returns when it is closed.
///
/// # Errors
/// As [`run`].
pub(super) fn run_window(
    name: &str,
    viewport: ViewportBuilder,
    make: impl FnOnce(&Context) -> Result<Box<dyn eframe::App>> + 'static,
) -> Result<()> {
    let options = eframe::NativeOptions { viewport, renderer: RENDERER, ..Default::default() };
    let made = eframe::run_native(name, options, Box::new(move |creation| Ok(make(&creation.egui_ctx)?)));
    made.map_err(|error| {
        let problem = match error {
            // The error's own text names a source file.
            eframe::Error::WinitEventLoop(_) => "There is no display to open a window on.".to_owned(),
            error => format!("The window cannot be opened: {error}."),
        };
        Error::input(
            problem,
            "Start Tauscope where there is a display, or paint without one: `tauscope generate --prompt \"a boy\"`.",
        )
    })
}

impl Tauscope {
    /// A window around `backend` that begins by opening `first`.
    pub fn new(ctx: &Context, backend: Box<dyn Backend>, remembered: Remembered, first: ModelSource) -> Self {
        theme::install(ctx);
        let waker = ctx.clone();
        let mut window = Self {
            session: Session::new(remembered, entropy()),
            backend,
            maps: Maps::new(move || waker.request_repaint()),
            textures: Textures::default(),
            dialog: None,
            theme: None,
            next_tick: 0.0,
            resident_bytes: Memory::now().resident_bytes,
        };
        window.apply(ctx, Command::Open(first));
        window
    }

    /// What the window knows.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Updates the session and carries out what that asks for.
    pub fn apply(&mut self, ctx: &Context, input: impl Into<Input>) {
        for effect in update(&mut self.session, input) {
            match effect {
                Effect::Request(request) => self.backend.request(request),
                Effect::FindEntities(prompt) => self.backend.find_entities(prompt),
                Effect::Cancel(job) => self.backend.cancel(job),
                Effect::Steer(job, control, entities) => {
                    if let Err(error) = self.backend.steer(job, *control, entities) {
                        let attempt = Attempt::Steer(job);
                        self.apply(ctx, Input::Message(Message::Failed { attempt, error }));
                    }
                }
                Effect::SetEntities(job, entities) => self.backend.set_entities(job, entities),
                Effect::CancelLoading => self.backend.cancel_loading(),
                Effect::Run(errand) => self.backend.run(errand),
                Effect::BrowseFolder => self.dialog = Some(FolderDialog::open(ctx)),
                Effect::Remember => self.remember(),
            }
        }
    }

    fn remember(&mut self) {
        self.backend.run(Errand::Remember(Box::new(self.session.remembered())));
    }

    /// Takes in everything that happened since the last frame.
    fn drain(&mut self, ctx: &Context) {
        let mut advanced = false;
        while let Some(message) = self.backend.poll() {
            advanced |= matches!(message, Message::Worker(Event::Advanced(_)));
            let loaded =
                if let Message::Worker(Event::Loaded(model)) = &message { Some(model) } else { None };
            let reader = loaded.and_then(|model| self.backend.reader(model));
            let is_news = matches!(message, Message::Worker(Event::Loaded(_) | Event::Finished(..)));
            self.apply(ctx, Input::Message(message));
            if let Some(reader) = reader {
                self.apply(ctx, Input::Reader(reader));
            }
            if is_news {
                self.resident_bytes = Memory::now().resident_bytes;
            }
        }
        for error in self.maps.take_in() {
            self.apply(ctx, Input::Message(Message::Failed { attempt: Attempt::ReadMaps, error }));
        }
        if advanced && let Some(painting) = self.backend.live() {
            self.apply(ctx, Input::Live(painting));
        }
        if let Some(answer) = self.dialog.as_mut().and_then(FolderDialog::poll) {
            self.dialog = None;
            self.apply(ctx, Input::FolderChosen(answer));
        }
    }

    /// Plays the next step when it is time.
    fn tick(&mut self, ctx: &Context) {
        if !self.session.view.playing {
            return;
        }
        let now = ctx.input(|input| input.time);
        if now >= self.next_tick {
            self.next_tick = now + PLAY_STEP.as_secs_f64();
            self.apply(ctx, ViewCommand::PlayTick);
        }
        ctx.request_repaint_after(PLAY_STEP);
    }
}

impl eframe::App for Tauscope {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.drain(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        let theme = self.session.preferences.theme;
        if self.theme != Some(theme) {
            self.theme = Some(theme);
            theme::choose(&ctx, theme);
        }
        self.textures.begin_frame();
        self.maps.begin_frame();
        // Keys are taken before a text field can have them, but act after it has what was typed before them.
        let keys = keys::commands(&ctx, &self.session);
        let mut commands = Vec::new();
        panels::show(
            &mut Drawing {
                session: &self.session,
                palette: Palette::of(theme),
                maps: &mut self.maps,
                textures: &mut self.textures,
                commands: &mut commands,
                resident_bytes: self.resident_bytes,
            },
            ui,
        );
        commands.extend(keys);
        commands.extend(dropped(&ctx));
        let owes = self.maps.end_frame();
        if !commands.is_empty() || owes {
            // What was just drawn is out of date.
            ctx.request_repaint();
        }
        for command in commands {
            self.apply(&ctx, command);
        }
        self.tick(&ctx);
    }

    fn on_exit(&mut self, #[cfg(target_os = "linux")] _gl: Option<&eframe::glow::Context>) {
        self.remember();
        // It ends what runs while the window is taken down, so that less is left to wait for.
        self.backend.request(Request::Unload);
    }
}

/// What was dropped on the window: a model's folder is opened, a picture gives its settings.
fn dropped(ctx: &Context) -> Vec<Command> {
    let paths = ctx
        .input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect::<Vec<_>>());
    paths.into_iter().map(Command::of_path).collect()
}

/// Something that differs from start to start.
fn entropy() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}
