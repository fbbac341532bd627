// The whole way of a handover on a phone, in the real binary: code, list,
// download, remark, question, signing, thanks.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { axe, launch, noBrowser, overflow, smallTargets, visit } from './browser.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const binary = process.env.OPENDOOR_TEST_BINARY;
const key = 'e2e-admin-key-of-the-handover';

/** serve starts the binary; its letters are written to a folder. */
async function serve() {
  const dir = mkdtempSync(join(tmpdir(), 'opendoor-handover-'));
  const env = { ...process.env, OPENDOOR_ADDR: '127.0.0.1:0', OPENDOOR_DATA_DIR: dir, OPENDOOR_ADMIN_KEY: key, OPENDOOR_LOG_LEVEL: 'warn' };
  const [name, args] = binary ? [binary, ['serve']] : ['go', ['run', './cmd/opendoor', 'serve']];
  const child = spawn(name, args, { cwd: binary ? dir : root, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('opendoor does not listen')), 240_000);
    child.once('exit', (code) => reject(new Error(`opendoor ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const m = /^listening on (http:\S+)/.exec(line);
      if (m) { clearTimeout(timer); resolve(m[1]); }
    });
  });
  const call = async (method, path, body, headers = { 'Content-Type': 'application/json' }) => {
    const res = await fetch(`${url}/api/v1${path}`, { method, headers: { Authorization: `Bearer ${key}`, ...headers }, body: body instanceof FormData ? body : body && JSON.stringify(body) });
    const text = await res.text();
    assert.ok(res.ok, `${method} ${path}: ${res.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  return {
    url, call,
    /** codes are what letters with codes say, by the time they were written. */
    codes: () => readdirSync(join(dir, 'outbox')).sort().map((f) => readFileSync(join(dir, 'outbox', f), 'utf8'))
      .map((m) => /\b(\d{6})\b/.exec(decoded(m))?.[1]).filter(Boolean),
    async stop() {
      const ended = new Promise((done) => child.once('exit', done));
      process.kill(-child.pid, 'SIGTERM');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** decoded is the first part of a letter as text. */
function decoded(letter) {
  const text = /Content-Type: text\/plain[^]*?\r?\n\r?\n([^]*?)\r?\n--/.exec(letter);
  if (!text) return '';
  const head = letter.slice(text.index, text.index + text[0].length - text[1].length);
  if (/base64/i.test(head)) return Buffer.from(text[1], 'base64').toString('utf8');
  return text[1].replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, h) => String.fromCharCode(parseInt(h, 16)));
}

async function eventually(what, fn) {
  const end = Date.now() + 180_000;
  for (;;) {
    const got = await fn();
    if (got) return got;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((r) => setTimeout(r, 100));
  }
}

describe('a handover on a phone', { skip: noBrowser, timeout: 600_000 }, () => {
  let house; let browser; let handover; let delivery;
  before(async () => {
    [house, browser] = await Promise.all([serve(), launch()]);
    const policy = { sending_window: null, burst_per_hour: null };
    const acc = await house.call('POST', '/accounts', { provider: 'generic', name: 'Бухгалтерия «Баланс»', credentials: { secret: 'whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0' }, mode: 'live', policy });
    const c = await house.call('POST', '/cases', { account_id: acc.id, initiator: 'client', client: { name: 'Анна Примерова', email: 'anna@example.com' }, contract: { number: '10/25', notice_days: 30, handover_days: 10 }, responsible: { name: 'Мария Образцова', email: 'maria@example.com' } });
    await house.call('POST', `/cases/${c.id}/actions/proceed`, {});
    handover = `/cases/${c.id}/handover`;
    await house.call('PATCH', handover, { contact: { name: 'Мария Образцова', phone: '+70000000000', hours: 'пн–пт 10:00–18:00' } });
    for (const title of ['Учётная политика на 2026 год', 'Оригиналы первичных документов']) {
      const it = await house.call('POST', `${handover}/items`, { title, mandatory: true });
      const form = new FormData();
      form.append('file', new Blob([`%PDF-1.4 ${title}`]), `${title}.pdf`);
      await house.call('PUT', `${handover}/items/${it.id}/file`, form, {});
    }
    await house.call('POST', `${handover}/build`);
    await eventually('the package', async () => (await house.call('GET', handover)).build.state === 'done');
    delivery = await house.call('POST', `${handover}/deliver`, { to: 'client' });
  });
  after(async () => {
    await browser?.close();
    await house?.stop();
  });

  test('code, list, download, remark, question, signature, thanks', async () => {
    const { page, context, trouble } = await visit(browser, `${delivery.link}?lang=ru`);
    assert.equal(await page.getByText('Учётная политика').count(), 0, 'nothing is shown without the code');
    await page.getByLabel('Код из письма').fill(delivery.code);
    await page.getByRole('button', { name: 'Открыть' }).click();
    await page.getByRole('heading', { name: '1. Учётная политика на 2026 год' }).waitFor();
    await page.getByText('+70000000000').waitFor();
    assert.equal(await overflow(page), 0);

    const shown = await page.locator('section code').first().textContent();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Учётная политика на 2026 год.pdf' }).click()]);
    assert.equal(createHash('sha256').update(readFileSync(await download.path())).digest('hex'), shown);
    const [whole] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Весь пакет' }).click()]);
    assert.match(whole.suggestedFilename(), /\.zip$/);

    const second = page.locator('section').nth(1);
    await second.locator('summary').last().click();
    await second.getByRole('textbox').fill('Не хватает договора за 2024 год');
    await second.getByRole('button', { name: 'Отправить замечание' }).click();
    await page.getByText('Не хватает договора за 2024 год').waitFor();
    await page.getByLabel('Ваш вопрос').last().fill('Где лежит акт сверки?');
    await page.getByRole('button', { name: 'Задать вопрос' }).last().click();
    await page.getByText('Вопрос записан').waitFor();

    const before = house.codes().length;
    await page.getByRole('button', { name: 'Получить код для подписи' }).click();
    const code = await eventually('the code of the signature', () => house.codes().length > before && house.codes().at(-1));
    await page.locator('#name').fill('Анна Примерова');
    await page.locator('#scode').fill(code);
    await page.getByRole('button', { name: 'Подписать ПЭП' }).click();
    await page.getByText('Акт подписан. Спасибо.').waitFor();
    const [signed] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Подписанный акт' }).click()]);
    assert.equal(readFileSync(await signed.path()).subarray(0, 4).toString(), '%PDF');
    assert.deepEqual(trouble, []);
    await context.close();
    const now = await house.call('GET', handover);
    assert.equal(now.status, 'accepted_with_remarks');
    assert.equal(now.questions.length, 1);
  });

  test('the pages are clean in light and dark, at every width, and ask nobody else', async () => {
    delivery = await house.call('POST', `${handover}/deliver`, { to: 'client' });
    for (const [scheme, lang] of [['light', 'ru'], ['dark', 'en']]) {
      const { page, context, trouble } = await visit(browser, `${delivery.link}?lang=${lang}`, { js: true, scheme });
      await axe(page, `the code page ${scheme}`);
      if (scheme === 'light') {
        await page.locator('#code').fill(delivery.code);
        await page.locator('#code').press('Enter');
        await page.locator('section').first().waitFor();
        await page.locator('details').first().evaluate((e) => { e.open = true; });
        await axe(page, `the list ${scheme}`);
        if (process.env.E2E_LOOK) await page.screenshot({ path: join(process.env.E2E_LOOK, 'handover.png'), fullPage: true });
      }
      for (const width of [320, 390, 1280]) {
        await page.setViewportSize({ width, height: 844 });
        assert.equal(await overflow(page), 0, `${scheme} at ${width} px`);
        assert.deepEqual(await smallTargets(page), [], `${scheme} at ${width} px`);
      }
      assert.deepEqual(trouble, []);
      await context.close();
    }
  });
});
