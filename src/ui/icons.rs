//! The icons by name: a subset of Lucide (ISC, assets/fonts/LICENSE-lucide.txt), drawn as text of the icon font.
//!
//! Adding one: copy its name and code from lucide's codepoints.json below, then run assets/fonts/build.py.
//! An icon never stands alone for a state or an action: a word is beside it, or an accessible name on the control.

/// Where an icon is shown, and what it says, is for the caller to decide; this module only spells them.
pub struct Icon;

/// Takes the list below as it is, and keeps the names beside the signs.
macro_rules! icons {
    ($(#[doc = $doc:literal] pub const $name:ident: &str = $sign:literal;)*) => {
        impl Icon {
            $(#[doc = $doc] pub const $name: &str = $sign;)*
        }
        const NAMED: &[(&str, &str)] = &[$(($doc, $sign)),*];
    };
}

/// The icon that Lucide calls `name` (`arrow-left`), for those who must not name this module: commands name theirs so.
pub fn named(name: &str) -> Option<&'static str> {
    let is_it = |doc: &str| doc.trim_start().strip_prefix("lucide: ") == Some(name);
    let found = NAMED.iter().find(|(doc, _)| is_it(doc));
    found.map(|(_, sign)| *sign)
}

icons! {
    /// lucide: activity
    pub const ACTIVITY: &str = "\u{e038}";
    /// lucide: archive
    pub const ARCHIVE: &str = "\u{e041}";
    /// lucide: arrow-down
    pub const ARROW_DOWN: &str = "\u{e042}";
    /// lucide: arrow-down-to-line
    pub const ARROW_DOWN_TO_LINE: &str = "\u{e455}";
    /// lucide: arrow-left
    pub const ARROW_LEFT: &str = "\u{e048}";
    /// lucide: arrow-right
    pub const ARROW_RIGHT: &str = "\u{e049}";
    /// lucide: arrow-up
    pub const ARROW_UP: &str = "\u{e04a}";
    /// lucide: arrow-up-down
    pub const ARROW_UP_DOWN: &str = "\u{e37d}";
    /// lucide: arrow-up-to-line
    pub const ARROW_UP_TO_LINE: &str = "\u{e45b}";
    /// lucide: ban
    pub const BAN: &str = "\u{e051}";
    /// lucide: bell
    pub const BELL: &str = "\u{e059}";
    /// lucide: bell-ring
    pub const BELL_RING: &str = "\u{e224}";
    /// lucide: book-open
    pub const BOOK_OPEN: &str = "\u{e05f}";
    /// lucide: bookmark
    pub const BOOKMARK: &str = "\u{e060}";
    /// lucide: box
    pub const BOX: &str = "\u{e061}";
    /// lucide: boxes
    pub const BOXES: &str = "\u{e2d0}";
    /// lucide: braces
    pub const BRACES: &str = "\u{e36a}";
    /// lucide: bug
    pub const BUG: &str = "\u{e20c}";
    /// lucide: calendar
    pub const CALENDAR: &str = "\u{e063}";
    /// lucide: chart-line
    pub const CHART_LINE: &str = "\u{e2a5}";
    /// lucide: check
    pub const CHECK: &str = "\u{e06c}";
    /// lucide: chevron-down
    pub const CHEVRON_DOWN: &str = "\u{e06d}";
    /// lucide: chevron-left
    pub const CHEVRON_LEFT: &str = "\u{e06e}";
    /// lucide: chevron-right
    pub const CHEVRON_RIGHT: &str = "\u{e06f}";
    /// lucide: chevron-up
    pub const CHEVRON_UP: &str = "\u{e070}";
    /// lucide: chevrons-down
    pub const CHEVRONS_DOWN: &str = "\u{e071}";
    /// lucide: chevrons-up-down
    pub const CHEVRONS_UP_DOWN: &str = "\u{e211}";
    /// lucide: circle
    pub const CIRCLE: &str = "\u{e076}";
    /// lucide: circle-alert
    pub const CIRCLE_ALERT: &str = "\u{e077}";
    /// lucide: circle-check
    pub const CIRCLE_CHECK: &str = "\u{e226}";
    /// lucide: circle-dashed
    pub const CIRCLE_DASHED: &str = "\u{e4b0}";
    /// lucide: circle-dot
    pub const CIRCLE_DOT: &str = "\u{e345}";
    /// lucide: circle-help
    pub const CIRCLE_HELP: &str = "\u{e082}";
    /// lucide: circle-question-mark
    pub const CIRCLE_QUESTION_MARK: &str = "\u{e082}";
    /// lucide: circle-slash
    pub const CIRCLE_SLASH: &str = "\u{e402}";
    /// lucide: circle-x
    pub const CIRCLE_X: &str = "\u{e084}";
    /// lucide: clipboard
    pub const CLIPBOARD: &str = "\u{e085}";
    /// lucide: clock
    pub const CLOCK: &str = "\u{e087}";
    /// lucide: cloud
    pub const CLOUD: &str = "\u{e088}";
    /// lucide: code
    pub const CODE: &str = "\u{e093}";
    /// lucide: code-xml
    pub const CODE_XML: &str = "\u{e206}";
    /// lucide: columns-2
    pub const COLUMNS_2: &str = "\u{e098}";
    /// lucide: columns-3
    pub const COLUMNS_3: &str = "\u{e099}";
    /// lucide: command
    pub const COMMAND: &str = "\u{e09a}";
    /// lucide: container
    pub const CONTAINER: &str = "\u{e4d5}";
    /// lucide: copy
    pub const COPY: &str = "\u{e09e}";
    /// lucide: corner-down-left
    pub const CORNER_DOWN_LEFT: &str = "\u{e0a1}";
    /// lucide: cpu
    pub const CPU: &str = "\u{e0a9}";
    /// lucide: database
    pub const DATABASE: &str = "\u{e0ad}";
    /// lucide: diff
    pub const DIFF: &str = "\u{e30c}";
    /// lucide: door-open
    pub const DOOR_OPEN: &str = "\u{e3d6}";
    /// lucide: dot
    pub const DOT: &str = "\u{e44f}";
    /// lucide: download
    pub const DOWNLOAD: &str = "\u{e0b2}";
    /// lucide: ellipsis
    pub const ELLIPSIS: &str = "\u{e0b6}";
    /// lucide: ellipsis-vertical
    pub const ELLIPSIS_VERTICAL: &str = "\u{e0b7}";
    /// lucide: external-link
    pub const EXTERNAL_LINK: &str = "\u{e0b9}";
    /// lucide: eye
    pub const EYE: &str = "\u{e0ba}";
    /// lucide: eye-off
    pub const EYE_OFF: &str = "\u{e0bb}";
    /// lucide: file
    pub const FILE: &str = "\u{e0c0}";
    /// lucide: file-archive
    pub const FILE_ARCHIVE: &str = "\u{e30d}";
    /// lucide: file-code
    pub const FILE_CODE: &str = "\u{e0c3}";
    /// lucide: file-json
    pub const FILE_JSON: &str = "\u{e36b}";
    /// lucide: file-text
    pub const FILE_TEXT: &str = "\u{e0cc}";
    /// lucide: flask-conical
    pub const FLASK_CONICAL: &str = "\u{e0d5}";
    /// lucide: fold-vertical
    pub const FOLD_VERTICAL: &str = "\u{e43c}";
    /// lucide: folder
    pub const FOLDER: &str = "\u{e0d7}";
    /// lucide: folder-open
    pub const FOLDER_OPEN: &str = "\u{e247}";
    /// lucide: funnel
    pub const FUNNEL: &str = "\u{e0dc}";
    /// lucide: gauge
    pub const GAUGE: &str = "\u{e1bf}";
    /// lucide: git-branch
    pub const GIT_BRANCH: &str = "\u{e0e2}";
    /// lucide: git-commit-horizontal
    pub const GIT_COMMIT_HORIZONTAL: &str = "\u{e0e3}";
    /// lucide: git-compare
    pub const GIT_COMPARE: &str = "\u{e359}";
    /// lucide: globe
    pub const GLOBE: &str = "\u{e0e8}";
    /// lucide: grip-vertical
    pub const GRIP_VERTICAL: &str = "\u{e0eb}";
    /// lucide: hard-drive
    pub const HARD_DRIVE: &str = "\u{e0ed}";
    /// lucide: hash
    pub const HASH: &str = "\u{e0ef}";
    /// lucide: history
    pub const HISTORY: &str = "\u{e1f5}";
    /// lucide: hourglass
    pub const HOURGLASS: &str = "\u{e296}";
    /// lucide: house
    pub const HOUSE: &str = "\u{e0f5}";
    /// lucide: image
    pub const IMAGE: &str = "\u{e0f6}";
    /// lucide: inbox
    pub const INBOX: &str = "\u{e0f7}";
    /// lucide: info
    pub const INFO: &str = "\u{e0f9}";
    /// lucide: key
    pub const KEY: &str = "\u{e0fd}";
    /// lucide: key-round
    pub const KEY_ROUND: &str = "\u{e4a3}";
    /// lucide: keyboard
    pub const KEYBOARD: &str = "\u{e284}";
    /// lucide: layers
    pub const LAYERS: &str = "\u{e529}";
    /// lucide: layout-dashboard
    pub const LAYOUT_DASHBOARD: &str = "\u{e1c1}";
    /// lucide: lightbulb
    pub const LIGHTBULB: &str = "\u{e1c2}";
    /// lucide: link
    pub const LINK: &str = "\u{e102}";
    /// lucide: list
    pub const LIST: &str = "\u{e106}";
    /// lucide: list-filter
    pub const LIST_FILTER: &str = "\u{e460}";
    /// lucide: list-ordered
    pub const LIST_ORDERED: &str = "\u{e1d1}";
    /// lucide: list-tree
    pub const LIST_TREE: &str = "\u{e408}";
    /// lucide: loader
    pub const LOADER: &str = "\u{e109}";
    /// lucide: loader-circle
    pub const LOADER_CIRCLE: &str = "\u{e10a}";
    /// lucide: lock
    pub const LOCK: &str = "\u{e10b}";
    /// lucide: lock-open
    pub const LOCK_OPEN: &str = "\u{e10c}";
    /// lucide: log-in
    pub const LOG_IN: &str = "\u{e10d}";
    /// lucide: log-out
    pub const LOG_OUT: &str = "\u{e10e}";
    /// lucide: logs
    pub const LOGS: &str = "\u{e5f4}";
    /// lucide: map-pin
    pub const MAP_PIN: &str = "\u{e111}";
    /// lucide: maximize-2
    pub const MAXIMIZE_2: &str = "\u{e113}";
    /// lucide: memory-stick
    pub const MEMORY_STICK: &str = "\u{e445}";
    /// lucide: minimize-2
    pub const MINIMIZE_2: &str = "\u{e11b}";
    /// lucide: minus
    pub const MINUS: &str = "\u{e11c}";
    /// lucide: monitor
    pub const MONITOR: &str = "\u{e11d}";
    /// lucide: moon
    pub const MOON: &str = "\u{e11e}";
    /// lucide: mouse-pointer-click
    pub const MOUSE_POINTER_CLICK: &str = "\u{e120}";
    /// lucide: network
    pub const NETWORK: &str = "\u{e125}";
    /// lucide: octagon-alert
    pub const OCTAGON_ALERT: &str = "\u{e127}";
    /// lucide: package
    pub const PACKAGE: &str = "\u{e129}";
    /// lucide: panel-left
    pub const PANEL_LEFT: &str = "\u{e12a}";
    /// lucide: panel-right
    pub const PANEL_RIGHT: &str = "\u{e431}";
    /// lucide: pause
    pub const PAUSE: &str = "\u{e12e}";
    /// lucide: pencil
    pub const PENCIL: &str = "\u{e1f9}";
    /// lucide: pin
    pub const PIN: &str = "\u{e259}";
    /// lucide: pin-off
    pub const PIN_OFF: &str = "\u{e2b6}";
    /// lucide: play
    pub const PLAY: &str = "\u{e13c}";
    /// lucide: plug
    pub const PLUG: &str = "\u{e37f}";
    /// lucide: plug-zap
    pub const PLUG_ZAP: &str = "\u{e45c}";
    /// lucide: plus
    pub const PLUS: &str = "\u{e13d}";
    /// lucide: power
    pub const POWER: &str = "\u{e140}";
    /// lucide: redo-2
    pub const REDO_2: &str = "\u{e2a0}";
    /// lucide: refresh-cw
    pub const REFRESH_CW: &str = "\u{e145}";
    /// lucide: rocket
    pub const ROCKET: &str = "\u{e286}";
    /// lucide: rotate-ccw
    pub const ROTATE_CCW: &str = "\u{e148}";
    /// lucide: route
    pub const ROUTE: &str = "\u{e53e}";
    /// lucide: save
    pub const SAVE: &str = "\u{e14d}";
    /// lucide: scroll-text
    pub const SCROLL_TEXT: &str = "\u{e45f}";
    /// lucide: search
    pub const SEARCH: &str = "\u{e151}";
    /// lucide: send
    pub const SEND: &str = "\u{e152}";
    /// lucide: server
    pub const SERVER: &str = "\u{e153}";
    /// lucide: server-off
    pub const SERVER_OFF: &str = "\u{e1ea}";
    /// lucide: settings
    pub const SETTINGS: &str = "\u{e154}";
    /// lucide: settings-2
    pub const SETTINGS_2: &str = "\u{e245}";
    /// lucide: share-2
    pub const SHARE_2: &str = "\u{e156}";
    /// lucide: shield
    pub const SHIELD: &str = "\u{e158}";
    /// lucide: shield-alert
    pub const SHIELD_ALERT: &str = "\u{e1fe}";
    /// lucide: shield-check
    pub const SHIELD_CHECK: &str = "\u{e1ff}";
    /// lucide: sliders-horizontal
    pub const SLIDERS_HORIZONTAL: &str = "\u{e29a}";
    /// lucide: split
    pub const SPLIT: &str = "\u{e440}";
    /// lucide: square
    pub const SQUARE: &str = "\u{e167}";
    /// lucide: square-function
    pub const SQUARE_FUNCTION: &str = "\u{e22d}";
    /// lucide: star
    pub const STAR: &str = "\u{e176}";
    /// lucide: sun
    pub const SUN: &str = "\u{e178}";
    /// lucide: table
    pub const TABLE: &str = "\u{e17d}";
    /// lucide: tag
    pub const TAG: &str = "\u{e17f}";
    /// lucide: tags
    pub const TAGS: &str = "\u{e35c}";
    /// lucide: terminal
    pub const TERMINAL: &str = "\u{e181}";
    /// lucide: text-wrap
    pub const TEXT_WRAP: &str = "\u{e248}";
    /// lucide: timer
    pub const TIMER: &str = "\u{e1e0}";
    /// lucide: trash-2
    pub const TRASH_2: &str = "\u{e18e}";
    /// lucide: triangle-alert
    pub const TRIANGLE_ALERT: &str = "\u{e193}";
    /// lucide: undo-2
    pub const UNDO_2: &str = "\u{e2a1}";
    /// lucide: unfold-vertical
    pub const UNFOLD_VERTICAL: &str = "\u{e43e}";
    /// lucide: unlink
    pub const UNLINK: &str = "\u{e19c}";
    /// lucide: upload
    pub const UPLOAD: &str = "\u{e19e}";
    /// lucide: user
    pub const USER: &str = "\u{e19f}";
    /// lucide: users
    pub const USERS: &str = "\u{e1a4}";
    /// lucide: variable
    pub const VARIABLE: &str = "\u{e473}";
    /// lucide: waypoints
    pub const WAYPOINTS: &str = "\u{e542}";
    /// lucide: webhook
    pub const WEBHOOK: &str = "\u{e374}";
    /// lucide: wifi-off
    pub const WIFI_OFF: &str = "\u{e1af}";
    /// lucide: workflow
    pub const WORKFLOW: &str = "\u{e425}";
    /// lucide: wrap-text
    pub const WRAP_TEXT: &str = "\u{e248}";
    /// lucide: x
    pub const X: &str = "\u{e1b2}";
    /// lucide: zap
    pub const ZAP: &str = "\u{e1b4}";
    /// lucide: zoom-in
    pub const ZOOM_IN: &str = "\u{e1b6}";
    /// lucide: zoom-out
    pub const ZOOM_OUT: &str = "\u{e1b7}";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;

    #[test]
    fn every_command_has_an_icon_that_is_in_the_font() {
        for command in Command::ALL {
            assert!(named(command.spec().icon).is_some(), "{command:?}");
        }
        assert_eq!(named("play"), Some(Icon::PLAY));
        assert_eq!(named("no-such-icon"), None);
    }
}
