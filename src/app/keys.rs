//! The keyboard.

use egui::{Context, Key, Modifiers};

use super::{
    backend::Saving,
    session::{Command, QueueCommand, Session, ViewCommand},
};

/// The keys as the help lists them.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("Ctrl Enter", "Generate; queues while one runs"),
    ("Esc", "Stop"),
    ("Ctrl S", "Save the picture"),
    ("← →", "Step back and forth"),
    ("Space", "Play the steps"),
    ("1 … 9", "Choose a word"),
    ("Ctrl click", "Choose several words"),
    ("Ctrl ↑ ↓", "In the prompt: weight of the word at the cursor"),
    ("B", "Hold to see the bare picture"),
    ("?", "This list"),
];

const DIGITS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// What the keys of this frame ask for. Plain keys count only while nothing has the focus: a focused
/// text field, button or slider takes them itself.
pub(super) fn commands(ctx: &Context, session: &Session) -> Vec<Command> {
    let has_focus = ctx.memory(|memory| memory.focused().is_some());
    let has_popup = egui::Popup::is_any_open(ctx);
    let mut commands = Vec::new();
    ctx.input_mut(|input| {
        let mut on = |modifiers, key, command: Command| {
            if input.consume_key(modifiers, key) {
                commands.push(command);
            }
        };
        on(Modifiers::COMMAND, Key::Enter, Command::Generate);
        on(Modifiers::COMMAND, Key::S, Command::Save(Saving::Picture));
        if session.queue.running().is_some() && !session.view.help && !has_popup {
            on(Modifiers::NONE, Key::Escape, QueueCommand::Stop.into());
        }
        if has_focus || has_popup {
            return;
        }
        on(Modifiers::NONE, Key::ArrowLeft, ViewCommand::StepBy(-1).into());
        on(Modifiers::NONE, Key::ArrowRight, ViewCommand::StepBy(1).into());
        on(Modifiers::NONE, Key::Space, ViewCommand::Play(!session.view.playing).into());
        for (index, key) in DIGITS.into_iter().enumerate() {
            on(Modifiers::NONE, key, ViewCommand::SelectNth(index).into());
        }
        on(Modifiers::SHIFT, Key::Questionmark, ViewCommand::Help(!session.view.help).into());
        on(Modifiers::NONE, Key::Questionmark, ViewCommand::Help(!session.view.help).into());
        on(Modifiers::SHIFT, Key::Slash, ViewCommand::Help(!session.view.help).into());
    });
    let peeking = !has_focus && ctx.input(|input| input.key_down(Key::B));
    if peeking != session.view.peeking {
        commands.push(ViewCommand::Peek(peeking).into());
    }
    commands
}
