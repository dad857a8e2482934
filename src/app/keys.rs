//! The keyboard.

use egui::{Context, Key, Modifiers};

use super::{backend::Saving, command::Command, state::State};

/// The keys as the help lists them.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("Ctrl Enter", "Generate; queues while one runs"),
    ("Esc", "Stop"),
    ("Ctrl S", "Save the picture"),
    ("← →", "Step back and forth"),
    ("Space", "Play the steps"),
    ("1 … 9", "Choose a word"),
    ("Ctrl click", "Choose several words"),
    ("Ctrl ↑ ↓", "In the prompt: weigh the word at the cursor"),
    ("B", "Hold to see the bare picture"),
    ("?", "This list"),
];

const DIGITS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// What the keys of this frame ask for. Plain keys count only while nothing has the focus: a text field types them,
/// a focused button or slider is worked by them.
pub(super) fn commands(ctx: &Context, state: &State) -> Vec<Command> {
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
        if state.running.is_some() && !state.help && !has_popup {
            on(Modifiers::NONE, Key::Escape, Command::Stop);
        }
        if has_focus || has_popup {
            return;
        }
        on(Modifiers::NONE, Key::ArrowLeft, Command::StepBy(-1));
        on(Modifiers::NONE, Key::ArrowRight, Command::StepBy(1));
        on(Modifiers::NONE, Key::Space, Command::Play(!state.view.playing));
        for (index, key) in DIGITS.into_iter().enumerate() {
            on(Modifiers::NONE, key, Command::SelectNth(index));
        }
        on(Modifiers::SHIFT, Key::Questionmark, Command::Help(!state.help));
        on(Modifiers::NONE, Key::Questionmark, Command::Help(!state.help));
        on(Modifiers::SHIFT, Key::Slash, Command::Help(!state.help));
    });
    let peeking = !has_focus && ctx.input(|input| input.key_down(Key::B));
    if peeking != state.view.peeking {
        commands.push(Command::Peek(peeking));
    }
    commands
}
