//! Capabilities of a terminal, from what the environment says of it.
//!
//! Which terminals have which protocol is theirs to say: kitty's list is at
//! sw.kovidgoyal.net/kitty/graphics-protocol, that of sixels at arewesixelyet.com. Where several
//! are there, the one with real transparency is taken. Those that cannot be told apart by their
//! environment (xterm, Windows Terminal) get half-blocks, and `--terminal` for who knows better.

use super::blocks::Palette;
use super::{Choice, Way};

/// The value of a variable, if it has one.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Way to draw, as the user chose or else as well as the terminal can.
pub fn way(choice: Choice, env: Env<'_>) -> Way {
    match choice {
        Choice::Auto => best(env),
        Choice::Kitty => Way::Kitty,
        Choice::Iterm => Way::Iterm,
        Choice::Sixel => Way::Sixel,
        Choice::Blocks => Way::Blocks(palette(env)),
        Choice::None => Way::Numbers,
    }
}

fn best(env: Env<'_>) -> Way {
    if env("NO_COLOR").is_some() || is_dumb(env) {
        return Way::Numbers;
    }
    // What stands between us and the terminal passes letters on, and keeps the variables of the
    // terminal that it was started in.
    if is_multiplexer(env) {
        Way::Blocks(palette(env))
    } else {
        protocol(env).unwrap_or(Way::Blocks(palette(env)))
    }
}

fn is_dumb(env: Env<'_>) -> bool {
    match env("TERM").as_deref() {
        // Windows names no terminal; its own tells of itself in another way.
        None => env("WT_SESSION").is_none(),
        // DEC's terminals have no colours. (vt100 and its like are what serial lines claim to be.)
        Some(term) => term == "dumb" || term == "unknown" || term.starts_with("vt"),
    }
}

fn is_multiplexer(env: Env<'_>) -> bool {
    let term = env("TERM").unwrap_or_default();
    ["TMUX", "STY", "ZELLIJ"]
        .iter()
        .any(|name| env(name).is_some())
        || ["tmux", "screen"].iter().any(|name| term.starts_with(name))
}

fn protocol(env: Env<'_>) -> Option<Way> {
    let term = env("TERM").unwrap_or_default();
    let program = env("TERM_PROGRAM").unwrap_or_default();
    let konsole = env("KONSOLE_VERSION").and_then(|version| version.parse::<u32>().ok());
    let iterm = ["iTerm.app", "WezTerm", "mintty", "rio"];
    let kitty = ["kitty", "ghostty"].iter().any(|name| term.contains(name)) || program == "ghostty";
    if kitty || env("KITTY_WINDOW_ID").is_some() || konsole >= Some(220_400) {
        Some(Way::Kitty)
    } else if iterm.contains(&program.as_str()) || env("LC_TERMINAL").as_deref() == Some("iTerm2") {
        Some(Way::Iterm)
    } else {
        ["foot", "mlterm", "contour", "yaft"]
            .iter()
            .any(|name| term.starts_with(name))
            .then_some(Way::Sixel)
    }
}

/// The colours of letters.
fn palette(env: Env<'_>) -> Palette {
    // screen shows none of 24 bits; tmux takes them and makes of them what the terminal can.
    if env("STY").is_some() {
        return Palette::Fixed;
    }
    let says_so = env("COLORTERM").is_some_and(|colors| colors == "truecolor" || colors == "24bit");
    let known = [
        "TMUX",
        "ZELLIJ",
        "WT_SESSION",
        "KONSOLE_VERSION",
        "KITTY_WINDOW_ID",
    ];
    let new_vte = env("VTE_VERSION").and_then(|version| version.parse::<u32>().ok()) >= Some(3600);
    let term = env("TERM").unwrap_or_default();
    let by_name = [
        "direct",
        "kitty",
        "ghostty",
        "alacritty",
        "foot",
        "wezterm",
        "tmux",
    ];
    let has_all = says_so
        || new_vte
        || known.iter().any(|name| env(name).is_some())
        || by_name.iter().any(|name| term.contains(name));
    if has_all {
        Palette::All
    } else {
        Palette::Fixed
    }
}

/// The colour that letters stand on: black, or white where `COLORFGBG` says that it is a light one.
pub fn ground(env: Env<'_>) -> [u8; 3] {
    let number = env("COLORFGBG").and_then(|colors| colors.rsplit(';').next()?.parse::<u8>().ok());
    if number.is_some_and(|number| number == 7 || (9..=15).contains(&number)) {
        [255; 3]
    } else {
        [0; 3]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(variables: &str, ask: impl Fn(Env<'_>) -> T) -> T {
        let value = |name: &str| {
            let pairs = variables.split(' ').filter_map(|pair| pair.split_once('='));
            pairs
                .filter(|(known, _)| *known == name)
                .map(|(_, value)| value.to_owned())
                .next()
        };
        ask(&value)
    }

    fn auto(variables: &str) -> Way {
        with(variables, |env| way(Choice::Auto, env))
    }

    #[test]
    fn terminals_get_the_best_they_have() {
        for (variables, best) in [
            ("TERM=xterm-kitty KITTY_WINDOW_ID=1", Way::Kitty),
            ("TERM=xterm-ghostty", Way::Kitty),
            ("TERM=xterm-256color KONSOLE_VERSION=230800", Way::Kitty),
            (
                "TERM=xterm-256color KONSOLE_VERSION=201200",
                Way::Blocks(Palette::All),
            ),
            ("TERM=xterm-256color TERM_PROGRAM=iTerm.app", Way::Iterm),
            ("TERM=xterm-256color LC_TERMINAL=iTerm2", Way::Iterm),
            ("TERM=xterm-256color TERM_PROGRAM=WezTerm", Way::Iterm),
            ("TERM=foot-extra", Way::Sixel),
            (
                "TERM=xterm-256color VTE_VERSION=7600",
                Way::Blocks(Palette::All),
            ),
            ("TERM=xterm COLORTERM=truecolor", Way::Blocks(Palette::All)),
            ("WT_SESSION=1", Way::Blocks(Palette::All)),
            (
                "TERM=xterm-256color TERM_PROGRAM=Apple_Terminal",
                Way::Blocks(Palette::Fixed),
            ),
            ("TERM=linux", Way::Blocks(Palette::Fixed)),
        ] {
            assert_eq!(auto(variables), best, "{variables}");
        }
    }

    #[test]
    fn no_graphics_go_through_a_multiplexer() {
        let kitty = "KITTY_WINDOW_ID=1 COLORTERM=truecolor";
        assert_eq!(
            auto(&format!("TERM=tmux-256color TMUX=/tmp/1 {kitty}")),
            Way::Blocks(Palette::All)
        );
        assert_eq!(
            auto(&format!("TERM=screen.xterm STY=1.x {kitty}")),
            Way::Blocks(Palette::Fixed)
        );
        assert_eq!(auto("TERM=screen-256color"), Way::Blocks(Palette::Fixed));
        assert_eq!(
            auto("TERM=tmux-256color LC_TERMINAL=iTerm2"),
            Way::Blocks(Palette::All)
        );
    }

    #[test]
    fn who_wants_or_has_no_colours_gets_numbers() {
        for variables in [
            "",
            "TERM=dumb COLORTERM=truecolor",
            "TERM=vt220",
            "TERM=xterm-kitty NO_COLOR=1",
        ] {
            assert_eq!(auto(variables), Way::Numbers, "{variables}");
        }
    }

    #[test]
    fn a_choice_is_a_choice() {
        for (choice, chosen) in [
            (Choice::Kitty, Way::Kitty),
            (Choice::Iterm, Way::Iterm),
            (Choice::Sixel, Way::Sixel),
            (Choice::Blocks, Way::Blocks(Palette::Fixed)),
            (Choice::None, Way::Numbers),
        ] {
            assert_eq!(with("TERM=dumb NO_COLOR=1", |env| way(choice, env)), chosen);
        }
    }

    #[test]
    fn the_ground_is_dark_unless_it_is_said_to_be_light() {
        for (variables, color) in [
            ("", 0),
            ("COLORFGBG=15;0", 0),
            ("COLORFGBG=0;15", 255),
            ("COLORFGBG=0;default;7", 255),
            ("COLORFGBG=7;8", 0),
        ] {
            assert_eq!(with(variables, ground), [color; 3], "{variables}");
        }
    }
}
