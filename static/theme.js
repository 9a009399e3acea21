// Runs before the first paint. Marks that scripts run, and sets the theme where
// the page was made without one: the colours themselves need no script, since
// the style sheet uses light-dark(), but some of Tabler's rules look at the
// attribute.
(() => {
  const root = document.documentElement;
  root.setAttribute('data-js', '');
  if (root.hasAttribute('data-bs-theme')) return;
  if (matchMedia('(prefers-color-scheme: dark)').matches) root.setAttribute('data-bs-theme', 'dark');
})();
