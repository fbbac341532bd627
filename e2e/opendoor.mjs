// Where the page tests find the pages: at E2E_SURVEY_URL (addresses of unanswered
// surveys, comma separated, with E2E_CHOICE_URL and E2E_PREFERENCES_URL if wanted),
// or at the preview server of api/pages, built here. demo.test.mjs drives the real
// binary.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** startOpendoor returns the addresses and a stop function. */
export async function startOpendoor() {
  const env = process.env;
  if (env.E2E_SURVEY_URL) {
    return target({ survey: env.E2E_SURVEY_URL.split(','), choice: env.E2E_CHOICE_URL, preferences: env.E2E_PREFERENCES_URL }, async () => {});
  }
  const dir = mkdtempSync(join(tmpdir(), 'opendoor-e2e-'));
  const bin = join(dir, 'preview');
  const wanted = ['survey', 'choice', 'preferences', 'letters'];
  const built = spawnSync('go', ['build', '-o', bin, './api/pages/internal/preview'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`build the preview server: ${built.error ?? built.stderr}`);
  const child = spawn(bin, [], { cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const found = await addresses(child, wanted);
    const fresh = (base) => base.replace(/[^/]+$/, `t${Math.random().toString(36).slice(2)}`);
    return target({ ...found, survey: [found.survey], fresh }, stop);
  } catch (err) {
    await stop();
    throw err;
  }
}

/** addresses reads "name http://…" lines until all wanted ones have come. */
function addresses(child, wanted) {
  return new Promise((resolve, reject) => {
    const found = {};
    const timer = setTimeout(() => reject(new Error(`no addresses after a minute, only ${JSON.stringify(found)}`)), 60_000);
    const done = (settle, value) => { clearTimeout(timer); settle(value); };
    child.once('error', (err) => done(reject, err));
    child.once('exit', (code) => done(reject, new Error(`ended with ${code} before it printed its addresses`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const m = /\b(survey|choice|preferences|letters)\b.*?(https?:\/\/\S+)/.exec(line);
      if (m) found[m[1]] = m[2];
      if (wanted.every((name) => found[name])) done(resolve, found);
    });
  });
}

function target({ survey, choice, preferences, letters, fresh }, stop) {
  const waiting = [...survey];
  return {
    /** freshSurvey is the address of a survey that nobody has answered. */
    freshSurvey() {
      if (fresh) return fresh(survey[0]);
      const next = waiting.shift();
      if (!next) throw new Error('E2E_SURVEY_URL names too few unanswered surveys');
      return next;
    },
    survey: survey[0], choice, preferences, letters, stop,
    fresh: fresh ?? ((base) => base),
  };
}
