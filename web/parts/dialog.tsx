/**
 * Asks once, and says what happens. The browser's own dialog: it keeps the focus, closes by Escape, and hides the page behind it from a screen reader.
 * What takes access away shows its preview here before its button can be pressed.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import './dialog.css';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** The buttons, the one that acts last. */
  actions: ComponentChildren;
}

/** Is open as long as it is there. */
export function Dialog({ title, onClose, children, actions }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const from = document.activeElement;
    element.current?.showModal();
    // The browser gives the focus back when a dialog is closed, and not when it is taken away. Until it is gone, nothing behind it takes the focus.
    return () => queueMicrotask(() => giveBack(from));
  }, []);
  return (
    <dialog ref={element} class="dialog" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      <div class="dialog-body">{children}</div>
      <footer>{actions}</footer>
    </dialog>
  );
}

/** To what opened the dialog; to the page where that is gone, because it was done, unless the part around it has the focus already. */
function giveBack(from: Element | null): void {
  const isThere = from instanceof HTMLElement && from.isConnected && from !== document.body;
  if (!isThere && document.activeElement !== null && document.activeElement !== document.body) return;
  (isThere ? from : document.getElementById('main'))?.focus({ preventScroll: true });
}
