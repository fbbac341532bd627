import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { axe, launch, noBrowser, overflow, smallTargets, visit } from './browser.mjs';
import { startOpendoor } from './opendoor.mjs';

describe('the other pages', { skip: noBrowser }, () => {
  let browser, opendoor;
  before(async () => { [browser, opendoor] = await Promise.all([launch(), startOpendoor()]); });
  after(async () => { await browser?.close(); await opendoor?.stop(); });

  test('leaving takes one page and one button, without JavaScript', async (t) => {
    if (!opendoor.choice) return t.skip('no E2E_CHOICE_URL');
    const { page, context, trouble } = await visit(browser, `${opendoor.choice}?choice=proceed&lang=ru`);
    assert.equal(await page.getByRole('button').count(), 1);
    await page.getByRole('button', { name: 'Оформить уход' }).click();
    await page.getByRole('heading', { level: 1, name: 'Уход оформлен' }).waitFor();
    assert.deepEqual(trouble, []);
    await context.close();
  });

  test('staying and leaving are equally easy to see', async (t) => {
    if (!opendoor.choice) return t.skip('no E2E_CHOICE_URL');
    const { page, context } = await visit(browser, `${opendoor.choice}?lang=ru`, { js: true });
    const looks = await page.getByRole('button').evaluateAll((all) => all.map((e) => {
      const s = getComputedStyle(e);
      return [s.backgroundColor, s.color, s.fontSize, s.fontWeight, e.offsetWidth, e.offsetHeight].join();
    }));
    assert.equal(looks.length, 2);
    assert.equal(looks[0], looks[1]);
    await context.close();
  });

  for (const [name, query] of Object.entries({ choice: '?choice=proceed&lang=ru', preferences: '?lang=ru' })) {
    test(`a form of the ${name} page that submits itself decides nothing`, async (t) => {
      if (!opendoor[name]) return t.skip(`no address of the ${name} page`);
      const { page, context } = await visit(browser, opendoor[name] + query, { js: true });
      const before = await page.locator('h1').textContent();
      await Promise.all([page.waitForNavigation(), page.evaluate(() => document.forms[0].submit())]);
      assert.ok((await page.getByRole('button').count()) > 0, 'there is still something to press');
      await page.goto(opendoor[name] + query);
      assert.equal(await page.locator('h1').textContent(), before);
      await context.close();
    });
  }

  test('what may be sent is ticked and saved without JavaScript, in both languages', async (t) => {
    if (!opendoor.preferences) return t.skip('no E2E_PREFERENCES_URL');
    const own = opendoor.fresh(opendoor.preferences);
    const { page, context, trouble } = await visit(browser, `${own}?lang=ru`);
    const boxes = page.getByRole('checkbox');
    assert.ok((await boxes.count()) >= 2);
    for (const box of await boxes.all()) assert.equal(await box.isChecked(), false, 'nothing is ticked before the client has said so');
    await page.getByRole('checkbox', { name: 'Можно присылать мне на почту новости и предложения.' }).check();
    await page.getByRole('button', { name: 'Сохранить' }).click();
    await page.getByRole('status').getByText('Сохранили').waitFor();
    assert.equal(await page.getByRole('checkbox', { checked: true }).count(), 1);
    await page.getByRole('link', { name: 'English' }).click();
    assert.ok(await page.getByRole('checkbox', { name: 'You may send me news and offers by e-mail.' }).isChecked());
    await page.getByText('Allowed since').waitFor();
    await page.getByRole('checkbox', { name: 'You may send me news and offers by e-mail.' }).uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('status').getByText('Saved.').waitFor();
    assert.equal(await page.getByRole('checkbox', { checked: true }).count(), 0);
    assert.deepEqual(trouble, []);
    await context.close();
  });

  test('saving and leaving altogether are equally easy to press', async (t) => {
    if (!opendoor.preferences) return t.skip('no E2E_PREFERENCES_URL');
    for (const width of [320, 1280]) {
      const { page, context } = await visit(browser, `${opendoor.fresh(opendoor.preferences)}?lang=ru`, { js: true, width });
      const looks = await page.getByRole('button').evaluateAll((all) => all.map((e) => {
        const s = getComputedStyle(e);
        return [s.backgroundColor, s.color, s.fontSize, s.fontWeight, e.offsetWidth, e.offsetHeight].join();
      }));
      assert.equal(looks.length, 2);
      assert.equal(looks[0], looks[1]);
      await context.close();
    }
  });

  test('letters stop with one press', async (t) => {
    if (!opendoor.preferences) return t.skip('no E2E_PREFERENCES_URL');
    const { page, context } = await visit(browser, `${opendoor.preferences}?lang=en`);
    await page.getByRole('button', { name: 'Stop all letters' }).click();
    await page.getByRole('heading', { level: 1, name: 'No more letters' }).waitFor();
    await context.close();
  });

  test('all of them are clean in light and dark, at every width', async () => {
    const home = new URL(opendoor.survey).origin;
    const all = [opendoor.choice && `${opendoor.choice}?lang=ru`, opendoor.choice && `${opendoor.choice}?choice=stay&lang=en`,
      opendoor.preferences && `${opendoor.preferences}?lang=ru`, `${home}/s/no-such-token`].filter(Boolean);
    for (const scheme of ['light', 'dark']) {
      for (const url of all) {
        const { page, context } = await visit(browser, url, { js: true, scheme });
        await axe(page, `${url} ${scheme}`);
        for (const width of [320, 390, 1280]) {
          await page.setViewportSize({ width, height: 844 });
          assert.equal(await overflow(page), 0, `${url} at ${width} px`);
          assert.deepEqual(await smallTargets(page), [], `${url} at ${width} px`);
        }
        await context.close();
      }
    }
  });
});
