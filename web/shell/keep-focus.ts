/**
 * Keeps the focus on the page when what has it is taken away, as a button whose action has been done by somebody else: it goes to the nearest part around it that
 * is still there. Without this, a keyboard would begin again at the top of the document, and a screen reader would say nothing.
 */
export function keepFocus(main: HTMLElement): () => void {
  let around: Element[] = [];
  const note = ({ target }: FocusEvent) => {
    around = target instanceof Element ? partsAround(target, main) : [];
  };
  // Somebody who clicks beside everything has left it.
  const forget = ({ relatedTarget, target }: FocusEvent) => {
    if (relatedTarget !== null || !(target instanceof Element)) return;
    // What is taken away is gone by then.
    setTimeout(() => {
      if (target.isConnected && target === around[0] && document.hasFocus() && document.activeElement !== target) around = [];
    });
  };
  const look = new MutationObserver(() => {
    const [had] = around;
    if (had === undefined || had.isConnected || (document.activeElement !== null && document.activeElement !== document.body)) return;
    const there = around.find((each): each is HTMLElement => each instanceof HTMLElement && each.isConnected) ?? main;
    if (!there.hasAttribute('tabindex')) there.tabIndex = -1;
    there.focus({ preventScroll: true });
  });
  main.addEventListener('focusin', note);
  main.addEventListener('focusout', forget);
  look.observe(main, { childList: true, subtree: true });
  return () => {
    main.removeEventListener('focusin', note);
    main.removeEventListener('focusout', forget);
    look.disconnect();
  };
}

/** What has the focus, and each list item and titled part around it, from the inside to the outside. */
function partsAround(target: Element, main: Element): Element[] {
  const parts = [target];
  for (let each = target.parentElement; each !== null && each !== main; each = each.parentElement) if (each.matches('li, section')) parts.push(each);
  return parts;
}
