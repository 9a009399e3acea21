// What pages do beyond HTML and htmx. Everything here is an addition: without
// scripts every link, form and dialog still works.
(() => {
  'use strict';
  const root = document.documentElement;

  // alertMessage shows a message where the server shows its errors.
  const alertMessage = (text) => {
    const box = document.createElement('div');
    box.className = 'x-flash x-flash-bad';
    box.textContent = text;
    document.getElementById('alert')?.replaceChildren(box);
  };

  // say tells people who cannot see it that something was done.
  const say = (text) => {
    const status = document.getElementById('said');
    if (status) status.textContent = text;
  };

  const toggleTheme = () => {
    const next = root.getAttribute('data-bs-theme') === 'dark' ? 'light' : 'dark';
    root.setAttribute('data-bs-theme', next);
    document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax`;
  };

  const copy = async (button) => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy ?? document.getElementById(button.dataset.copyFrom).textContent);
    } catch {
      say('Copying failed');
      return;
    }
    const use = button.querySelector('use');
    const icon = use?.getAttribute('href');
    button.classList.add('x-copied');
    use?.setAttribute('href', icon.replace(/#.*/, '#check'));
    say('Copied');
    setTimeout(() => {
      button.classList.remove('x-copied');
      use?.setAttribute('href', icon);
    }, 1500);
  };

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll('details.x-dd[open]')) {
      if (!except || !menu.contains(except)) menu.open = false;
    }
  };

  document.addEventListener('click', (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    if (target.closest('[data-theme-toggle]')) return toggleTheme();

    const copier = target.closest('[data-copy], [data-copy-from]');
    if (copier) return void copy(copier);

    // Dialogs are popovers without scripts; with them they are modal, so that
    // focus stays inside. preventDefault keeps the popover shut.
    const opener = target.closest('[data-open-dialog]');
    if (opener) {
      const dialog = document.getElementById(opener.dataset.openDialog);
      if (dialog) {
        event.preventDefault();
        dialog.showModal();
      }
      return;
    }
    if (target.closest('[data-close-dialog]')) {
      event.preventDefault();
      target.closest('dialog')?.close();
      return;
    }
    if (target instanceof HTMLDialogElement) return target.close(); // its backdrop

    closeMenus(target);

    // A click anywhere on a table's row follows the row's link.
    const row = target.closest('tr[data-row]');
    if (row && !target.closest('a, button, input, label, summary') && !String(getSelection())) {
      row.querySelector('[data-row-link]')?.click();
    }
  });

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      const menu = document.querySelector('details.x-dd[open]');
      if (menu) {
        menu.open = false;
        menu.querySelector('summary').focus();
      }
    }
    if (event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey &&
        !event.target.closest('input, textarea, select, [contenteditable]')) {
      const search = document.getElementById('q');
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
  });

  // The server marks its own errors with HX-Retarget; anything else in the 400s
  // and 500s comes from something between here and there and is not swapped in.
  document.addEventListener('htmx:beforeSwap', (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400 && xhr.getResponseHeader('HX-Retarget')) {
      event.detail.shouldSwap = true;
    } else if (xhr.status < 400) {
      document.getElementById('alert')?.replaceChildren();
    }
  });
  document.addEventListener('htmx:responseError', (event) => {
    const { xhr } = event.detail;
    if (!xhr.getResponseHeader('HX-Retarget') && !xhr.getResponseHeader('HX-Redirect')) {
      alertMessage(`SecurAtlas answered with status ${xhr.status}. Please try again.`);
    }
  });
  for (const name of ['htmx:sendError', 'htmx:timeout']) {
    document.addEventListener(name, () => alertMessage('SecurAtlas cannot be reached. Check the connection and try again.'));
  }

  document.addEventListener('htmx:afterSwap', (event) => {
    if (event.target.id === 'drawer-body') {
      const drawer = document.getElementById('drawer');
      if (!drawer.open) drawer.showModal();
      document.getElementById('drawer-title')?.focus();
    }
  });

  const focusError = (within) => within.querySelector('[aria-invalid="true"]')?.focus();
  document.addEventListener('htmx:afterSettle', (event) => focusError(event.target));
  focusError(document);
})();

// Beside a time in UTC, the same in the reader's own zone.
(() => {
  'use strict';
  const format = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  const fill = () => {
    for (const place of document.querySelectorAll('[data-local-time]')) {
      const time = new Date(place.dataset.localTime);
      if (time.getTimezoneOffset() !== 0) place.textContent = `${format.format(time)} your time`;
    }
  };
  document.addEventListener('htmx:afterSwap', fill);
  fill();
})();

// An open drawer has the address of its row, so that people can share it, and
// Back closes it.
(() => {
  'use strict';
  const drawer = document.getElementById('drawer');
  if (!drawer) return;
  let leaving = false; // our own step back is under way
  let opener = null; // the link that opened it gets the focus back
  document.addEventListener('htmx:afterSwap', (event) => {
    if (event.target.id !== 'drawer-body') return;
    const address = event.target.querySelector('[data-url]')?.dataset.url;
    if (!address) return;
    opener = event.detail.requestConfig?.elt;
    if (history.state?.drawer) history.replaceState({ drawer: true }, '', address);
    else history.pushState({ drawer: true }, '', address);
  });
  drawer.addEventListener('close', () => {
    opener?.focus({ preventScroll: true });
    if (!history.state?.drawer) return;
    leaving = true;
    history.back();
  });
  // Registered before htmx's own handler, which would load the whole table anew.
  window.addEventListener('popstate', (event) => {
    if (leaving || drawer.open) {
      leaving = false;
      event.stopImmediatePropagation();
      drawer.close();
    } else if (!event.state?.htmx && !location.hash) {
      location.reload(); // the address of another document, after a reload
    }
  });
  // A link that is gone after it was followed (a removed filter) takes the
  // focus with it: it goes to the rows.
  document.addEventListener('htmx:afterSettle', () => {
    if (document.activeElement === document.body && !drawer.open) {
      document.querySelector('#grid .x-tscroll')?.focus({ preventScroll: true });
    }
  });
})();

// When a followed sync ends, what stands around the card is out of date too. An
// open dialog is left alone: it holds what somebody is typing.
(() => {
  'use strict';
  document.addEventListener('sync-ended', () => {
    if (!document.querySelector('dialog[open], :popover-open')) location.reload();
  });
})();
