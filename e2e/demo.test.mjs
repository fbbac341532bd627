// The whole way in the real binary: a manager moves a deal in the simulated
// CRM, the letter comes, the client answers on a phone, the case knows.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { axe, launch, noBrowser, overflow, visit } from './browser.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const binary = process.env.OPENDOOR_TEST_BINARY;

/** demo starts the binary and reads the addresses that it prints. */
async function demo() {
  const child = binary
    ? spawn(binary, ['demo'], { stdio: ['ignore', 'pipe', 'inherit'] })
    : spawn('go', ['run', './cmd/opendoor', 'demo'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const found = await new Promise((resolve, reject) => {
    const said = {};
    const timer = setTimeout(() => reject(new Error(`the demo printed only ${JSON.stringify(said)}`)), 240_000);
    child.once('exit', (code) => reject(new Error(`the demo ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const m = /^ {2}(mailbox|API key|API|amoCRM|Bitrix24) +(\S+)$/.exec(line);
      if (m) said[m[1]] = m[2];
      if (line.includes('stop with Ctrl+C')) { clearTimeout(timer); resolve(said); }
    });
  });
  const api = new URL(found.API).origin;
  return {
    box: found.mailbox, amo: found.amoCRM.replace(/\/_sim\/$/, ''), api,
    get: async (path) => {
      const res = await fetch(api + path, { headers: { Authorization: `Bearer ${found['API key']}` } });
      assert.equal(res.status, 200, path);
      return res.json();
    },
    async stop() {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
    },
  };
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

describe('a parting in the real binary', { skip: noBrowser, timeout: 600_000 }, () => {
  let house; let browser; let lead;
  before(async () => {
    house = await demo();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await house?.stop();
  });

  /** parting moves another lead of the simulated CRM to lost and waits for its letters. */
  async function parting() {
    const leads = (await (await fetch(`${house.amo}/_sim/leads`)).json());
    lead = (leads.leads ?? leads).find((l) => l.pipeline === 'Обслуживание' && l.status_id !== 142 && l.status_id !== 143 && l.contacts.length > 0 && !(l.tags ?? []).some((t) => t.startsWith('opendoor')) && l.id !== lead?.id);
    assert.ok(lead, 'the sandbox has a lead left');
    const res = await fetch(`${house.amo}/_sim/move`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ lead_id: lead.id, pipeline_id: lead.pipeline_id, status_id: 143, user_id: lead.responsible_user_id }) });
    assert.ok(res.ok, await res.text());
    const found = await eventually('a case', async () => (await house.get('/api/v1/cases')).items.find((c) => c.crm.deal_id === String(lead.id)));
    const letters = await eventually('both letters', async () => {
      const sent = (await house.get(`/api/v1/messages?case_id=${found.id}&state=sent`)).items;
      return ['T01', 'T03'].every((code) => sent.some((l) => l.template === code)) && sent;
    });
    const link = (template, path) => new RegExp(`${house.api}/${path}/\\S+`).exec(letters.find((l) => l.template === template).text)[0];
    return { id: found.id, survey: link('T03', 's'), choice: link('T01', 'l'), preferences: link('T03', 'u') };
  }

  const caseNow = (id) => house.get(`/api/v1/cases/${id}`);

  test('the client taps an answer in the letter and confirms it on a phone, without JavaScript', async () => {
    const p = await parting();
    const { page, context, trouble } = await visit(browser, p.survey);
    assert.equal((await caseNow(p.id)).answer, undefined, 'opening the link is no answer');
    await page.locator('form[method=post] button[name=confirm]').first().click();
    await eventually('the answer', async () => (await caseNow(p.id)).answer?.source === 'survey');
    const k = await caseNow(p.id);
    assert.equal(k.answer.reason, new URL(p.survey).searchParams.get('reason'));
    assert.equal(k.tracks.survey, 'answered');
    assert.deepEqual(trouble, []);
    await context.close();
  });

  test('a mail scanner that opens every link and runs scripts leaves no answer and no decision', async () => {
    const p = await parting();
    const before = await caseNow(p.id);
    for (const url of [p.survey, p.choice, p.preferences]) {
      const { page, context } = await visit(browser, url, { js: true });
      await page.evaluate(() => document.querySelectorAll('form').forEach((f) => HTMLFormElement.prototype.submit.call(f)));
      await page.waitForLoadState();
      await context.close();
    }
    const now = await caseNow(p.id);
    assert.equal(now.answer, undefined);
    assert.equal(now.state, before.state);
    assert.equal(now.no_contact, false);
  });

  test('one page and one button to leave', async () => {
    const p = await parting();
    const { page, context, trouble } = await visit(browser, p.choice, { js: true });
    await axe(page, 'choice');
    assert.equal(await overflow(page), 0);
    await page.locator('button[name=choice][value=proceed]').click();
    await eventually('leaving', async () => (await caseNow(p.id)).state === 'leaving');
    await axe(page, 'chosen');
    assert.deepEqual(trouble, []);
    await context.close();
  });

  test('one press stops all letters', async () => {
    const p = await parting();
    const { page, context, trouble } = await visit(browser, p.preferences, { js: true });
    await page.locator('button[name=List-Unsubscribe]').click();
    await eventually('the stop', async () => (await caseNow(p.id)).no_contact);
    await axe(page, 'preferences');
    assert.deepEqual(trouble, []);
    await context.close();
  });

  test('Swagger UI shows the API without any foreign host', async () => {
    const { page, context, trouble } = await visit(browser, `${house.api}/swagger/index.html`, { width: 1200, js: true, locale: 'en-US' });
    await page.getByText('Connect a CRM account').first().waitFor();
    await eventually('the cases further down', async () => { // only what is in view is drawn
      await page.mouse.wheel(0, 500);
      return page.getByText('Open a case by hand').first().isVisible();
    });
    assert.deepEqual(trouble, []);
    await context.close();
  });
});
