// Before anything is drawn, so that a dark page never flashes white. The page keeps it up to date (page/app.js).
document.documentElement.dataset.theme = new URLSearchParams(location.search).get("theme") ?? "";
