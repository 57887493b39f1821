// The editor of the exercises: bundled into vendor/editor.min.js by renew.py.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import {
  StreamLanguage, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting,
} from "@codemirror/language";
import { python } from "@codemirror/legacy-modes/mode/python";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

// Escape lets the tab key leave, for as long as the reader needs; typing takes it back.
const leave = { key: "Escape", run: (view) => (view.setTabFocusMode(true), false) };

// Put an editor in the place of a text field, which keeps its text and tells its listeners of each
// change. Returns a function that shows another text.
export function edit(field) {
  const changed = EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    update.view.setTabFocusMode(false);
    field.value = update.state.doc.toString();
    field.dispatchEvent(new Event("input"));
  });
  const view = new EditorView({
    state: EditorState.create({
      doc: field.value,
      selection: { anchor: field.selectionStart, head: field.selectionEnd },
      extensions: [
        keymap.of([leave, indentWithTab]),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap]),
        history(),
        closeBrackets(),
        bracketMatching(),
        indentOnInput(),
        indentUnit.of("    "),
        StreamLanguage.define(python),
        syntaxHighlighting(classHighlighter),
        changed,
        EditorView.domEventHandlers({ focus: (event, view) => view.setTabFocusMode(false) }),
        EditorView.contentAttributes.of({
          "aria-label": field.getAttribute("aria-label"),
          "aria-describedby": field.getAttribute("aria-describedby"),
          tabindex: "0", // as axe wants it for what scrolls
        }),
      ],
    }),
  });
  const focused = document.activeElement === field;
  field.before(view.dom);
  field.hidden = true;
  if (focused) view.focus();
  return (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}
