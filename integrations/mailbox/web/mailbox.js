// Shows a new letter without being asked: looks every two seconds and loads the
// list again when its newest letter is another one.
setInterval(async () => {
  if (document.hidden) return;
  try {
    const letters = await (await fetch("/api/messages")).json();
    if ((letters[0]?.id ?? "") !== document.body.dataset.newest) location.reload();
  } catch {
    // The sandbox is gone for a moment; the next look will tell.
  }
}, 2000);
