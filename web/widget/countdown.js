// A button that is enabled after a number of seconds. It reads the clock, because timers are late in a hidden tab.

/** Counts down on a button and returns the function that ends it. `t` gives the texts; `ready` is called at the end. */
export function countDown(button, seconds, t, ready) {
  const end = performance.now() + seconds * 1000;
  let timer = 0;
  const tick = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    button.disabled = left > 0;
    if (left > 0) {
      button.textContent = t('retryIn', { time: `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}` });
      return;
    }
    clearInterval(timer);
    button.textContent = t('retry');
    if (seconds > 0) ready();
  };
  timer = setInterval(tick, 250);
  tick();
  return () => clearInterval(timer);
}
