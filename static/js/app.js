// Entry: every module adds one behaviour to elements that ask for it by a data attribute. docs/ui.md lists them.
import "./toasts.js";
import "./csrf.js";
import "./errors.js";
import "./focus.js";
import "./busy.js";
import "./panels.js";
import "./preferences.js";
import "./keys.js";
import "./combo.js";
import "./parcels.js";
import "./brings.js";
import "./keep.js";
import "./priced.js";
import "./select.js";
import "./swap.js";
import "./copy.js";
import "./countdown.js";
