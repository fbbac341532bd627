import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { axe, launch, noBrowser, overflow, smallTargets, visit } from './browser.mjs';
import { startOpendoor } from './opendoor.mjs';

const RU = { send: 'Отправить ответ', add: 'Добавить к ответу', thanks: 'Спасибо, мы записали ваш ответ', price: 'Дорого или сократился бюджет' };

describe('the survey page', { skip: noBrowser }, () => {
  let browser, opendoor;
  before(async () => { [browser, opendoor] = await Promise.all([launch(), startOpendoor()]); });
  after(async () => { await browser?.close(); await opendoor?.stop(); });

  const answered = async (url) => {
    const { page, context } = await visit(browser, url);
    const n = await page.locator('[data-saved]').count();
    await context.close();
    return n > 0;
  };

  for (const width of [320, 390, 1280]) {
    test(`is answered without JavaScript at ${width} px, and the answer comes back`, async () => {
      const url = opendoor.freshSurvey();
      const { page, context, trouble } = await visit(browser, `${url}?reason=price&lang=ru`, { width });
      const tapped = page.getByRole('radio', { name: RU.price });
      assert.ok(await tapped.isChecked());
      assert.ok((await tapped.boundingBox()).y < 844, 'the tapped answer is in view');
      const button = page.getByRole('button', { name: RU.send });
      const box = await button.boundingBox();
      assert.ok(box.y + box.height <= 844, 'the button is in view');
      assert.equal(await page.getByRole('button').count(), 1);
      await button.click();
      await page.getByRole('heading', { level: 1, name: RU.thanks }).waitFor();

      await page.getByRole('group', { name: 'Что из этого ближе всего?' }).getByRole('radio', { name: 'Сократился бюджет' }).check();
      await page.getByRole('group', { name: 'Связано ли это с качеством нашей работы?' }).getByRole('radio', { name: 'Нет' }).check();
      await page.getByLabel('Что изменилось: бюджет, цена или ощущение, за что вы платите?').fill('Сократили бюджет\nдо лета');
      await page.getByRole('group', { name: 'Порекомендуете нас знакомым?' }).getByRole('radio', { name: '9', exact: true }).check();
      await page.getByRole('checkbox', { name: 'Письмом' }).check();
      await page.getByLabel('Что у нас было хорошо?').fill('Отвечали быстро');
      await page.getByRole('button', { name: RU.add }).click();
      await page.getByRole('heading', { level: 1, name: RU.thanks }).waitFor();

      await page.goto(`${url}?lang=ru`);
      await page.locator('[data-saved="price.budget"]').waitFor();
      assert.ok(await page.getByRole('radio', { name: 'Сократился бюджет', exact: true }).isChecked());
      assert.ok(await page.getByRole('radio', { name: RU.price }).isChecked());
      assert.ok(await page.getByRole('radio', { name: '9', exact: true }).isChecked());
      assert.ok(await page.getByRole('checkbox', { name: 'Письмом' }).isChecked());
      assert.equal(await page.getByLabel('Что изменилось').inputValue(), 'Сократили бюджет\nдо лета');

      await page.getByRole('checkbox', { name: 'Письмом' }).uncheck();
      await page.getByRole('radio', { name: 'Услуга больше не нужна' }).check();
      await page.getByRole('button', { name: 'Сохранить изменения' }).click();
      await page.goto(`${url}?lang=ru`);
      assert.ok(await page.getByRole('radio', { name: 'Услуга больше не нужна' }).isChecked());
      assert.ok(!(await page.getByRole('checkbox', { name: 'Письмом' }).isChecked()), 'a consent can be taken back');
      assert.deepEqual(trouble, []);
      await context.close();
    });
  }

  test('is answered with the keyboard alone, and nothing that has the focus is hidden', async () => {
    const url = opendoor.freshSurvey();
    const { page, context } = await visit(browser, `${url}?lang=ru`, { js: true });
    const seen = [];
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const e = document.activeElement;
        if (!e || e === document.body) return null;
        const shown = e.closest('label') ?? e;
        const r = shown.getBoundingClientRect();
        const bar = document.querySelector('.send');
        const edge = bar.getBoundingClientRect();
        // A browser scrolls to the caret of a long field, not to its end: its first line must be free.
        const bottom = e.tagName === 'TEXTAREA' ? r.top + 44 : r.bottom;
        const style = [getComputedStyle(e), getComputedStyle(shown)];
        return {
          what: `${e.tagName} ${e.name ?? ''} ${e.value ?? ''}`.trim(),
          free: bar.contains(e) || (bottom <= edge.top && r.top >= 0) || (r.top >= edge.bottom && r.bottom <= innerHeight),
          ring: style.some((s) => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2),
        };
      });
      if (!at) break;
      seen.push(at.what);
      assert.ok(at.free, `${at.what} has the focus behind the button`);
      assert.ok(at.ring, `${at.what} has the focus and does not show it`);
    }
    assert.ok(seen.some((s) => s.startsWith('BUTTON')), `the button is never reached: ${seen}`);

    await page.goto(`${url}?lang=ru`);
    await page.getByRole('radio').first().focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter'); // presses the form's button, as browsers do
    await page.getByRole('heading', { level: 1, name: RU.thanks }).waitFor();
    assert.ok(await answered(url));
    await context.close();
  });

  test('every field has a name and every group of buttons a question', async () => {
    const { page, context } = await visit(browser, `${opendoor.freshSurvey()}?lang=ru`, { js: true });
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('input:not([type=hidden]), textarea')]
        .filter((e) => !e.labels?.[0]?.textContent.trim() || (e.type !== 'textarea' && !e.closest('fieldset')?.querySelector('legend')?.textContent.trim()))
        .map((e) => e.outerHTML));
    assert.deepEqual(nameless, []);
    assert.equal(await page.evaluate(() => document.scripts.length), 0, 'no script is shipped');
    assert.ok(!(await page.getByRole('checkbox').evaluateAll((all) => all.some((e) => e.checked))), 'consent is never ticked for the client');
    await context.close();
  });

  test('asks when and from where, once something was heard, and says who reads it', async () => {
    const url = opendoor.freshSurvey();
    const { page, context, trouble } = await visit(browser, `${url}?reason=reputation&lang=ru`, { js: true, width: 320 });
    await page.getByRole('button', { name: RU.send }).click();
    await page.getByRole('heading', { level: 1, name: RU.thanks }).waitFor();
    assert.equal(await page.getByRole('group', { name: 'Что из этого ближе всего?' }).count(), 0, 'nobody is asked to judge whether it is true');
    await page.getByLabel('Когда вы это услышали?').fill('прошлой весной');
    await page.getByRole('textbox', { name: 'Откуда: от кого или где прочитали?', description: /Это прочитает только руководитель/ }).fill('на выставке');
    assert.equal(await overflow(page), 0);
    assert.deepEqual(await smallTargets(page), []);
    await axe(page, 'third party');
    await page.getByRole('button', { name: RU.add }).click();
    await page.getByRole('heading', { level: 1, name: RU.thanks }).waitFor();
    await page.goto(`${url}?lang=ru`);
    assert.equal(await page.getByLabel('Когда вы это услышали?').inputValue(), 'прошлой весной');
    assert.deepEqual(trouble, []);
    await context.close();
  });

  test('switches the language and keeps the tapped answer', async () => {
    const { page, context } = await visit(browser, `${opendoor.freshSurvey()}?reason=need&lang=ru`);
    await page.getByRole('link', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'What was the main reason for your decision?' }).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    assert.ok(await page.getByRole('radio', { name: 'We no longer need the service' }).isChecked());
    await page.getByRole('link', { name: 'Русский' }).click();
    assert.ok(await page.getByRole('radio', { name: 'Услуга больше не нужна' }).isChecked());
    await context.close();
  });

  test('asks for a reason and says so at the field', async () => {
    const url = opendoor.freshSurvey();
    const { page, context } = await visit(browser, `${url}?lang=ru`, { js: true });
    await page.evaluate(() => { document.forms[0].noValidate = true; });
    await page.getByRole('button').click();
    await page.getByRole('group', { name: 'Главная причина' }).getByText('Выберите, пожалуйста, один из вариантов.').waitFor();
    await axe(page, 'with a mistake');
    assert.ok(!(await answered(url)));
    await context.close();
  });

  // What scanners of mail systems are known to do with links in letters.
  const scanners = {
    'opens every answer': async (page, url) => {
      for (const code of ['contact', 'agreement', 'price', 'people', 'other', 'nonsense']) await page.goto(`${url}?reason=${code}`);
    },
    'follows every link of the page': async (page) => {
      for (const href of await page.getByRole('link').evaluateAll((all) => all.map((a) => a.href))) await page.goto(href);
    },
    'asks by HEAD, and by fetch from a script': async (page, url) => {
      await page.request.head(`${url}?reason=price`);
      await page.evaluate((u) => fetch(u).catch(() => 0), `${url}?reason=price`);
    },
    'submits every form by script': async (page, url) => {
      await page.goto(`${url}?reason=price`);
      await Promise.all([page.waitForNavigation(), page.evaluate(() => document.forms[0].submit())]);
    },
    'submits every form by requestSubmit': async (page, url) => {
      await page.goto(`${url}?reason=price`);
      await Promise.all([page.waitForNavigation(), page.evaluate(() => document.forms[0].requestSubmit())]);
      await page.getByText('Ответ ещё не отправлен').waitFor();
    },
    'ticks an answer and submits': async (page) => {
      await page.getByRole('radio').first().check();
      await Promise.all([page.waitForNavigation(), page.evaluate(() => document.forms[0].submit())]);
    },
    'submits the decline': async (page, url) => {
      await page.goto(`${url}?decline=1`);
      await Promise.all([page.waitForNavigation(), page.evaluate(() => document.forms[0].submit())]);
    },
    'sends the form data itself': async (page, url) => {
      await page.goto(`${url}?reason=price`);
      const data = await page.evaluate(() => new URLSearchParams(new FormData(document.forms[0])).toString());
      await page.request.post(url, { data, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
    },
  };
  for (const [name, scan] of Object.entries(scanners)) {
    test(`a scanner that ${name} leaves no answer`, async () => {
      const url = opendoor.freshSurvey();
      const { page, context } = await visit(browser, url, { js: true });
      await scan(page, url);
      assert.ok(!(await answered(url)));
      await context.close();
    });
  }

  test('a program that posts the reason alone is heard', async () => {
    const url = opendoor.freshSurvey();
    const { page, context } = await visit(browser, url);
    const answer = await page.request.post(url, { form: { reason: 'fit' }, maxRedirects: 0 });
    assert.ok([200, 303].includes(answer.status()), `status ${answer.status()}`);
    assert.ok(await answered(url));
    await context.close();
  });

  test('looks right everywhere: no violations, no scroll aside, room for a thumb', async () => {
    const url = opendoor.freshSurvey();
    for (const scheme of ['light', 'dark']) {
      for (const query of ['?lang=ru', '?reason=people&lang=en', '?decline=1&lang=ru']) {
        const { page, context, trouble } = await visit(browser, url + query, { js: true, scheme });
        await axe(page, `${query} ${scheme}`);
        for (const width of [320, 390, 768, 1280]) {
          await page.setViewportSize({ width, height: 844 });
          assert.equal(await overflow(page), 0, `${query} scrolls aside at ${width} px`);
          assert.deepEqual(await smallTargets(page), [], `${query} at ${width} px`);
        }
        await page.setViewportSize({ width: 320, height: 256 }); // 1280×1024 at 400 % (WCAG 1.4.10)
        assert.equal(await page.locator('.send').evaluateAll((all) => all.filter((e) => getComputedStyle(e).position === 'sticky').length), 0);
        assert.deepEqual(trouble, []);
        await context.close();
      }
    }
    const { page, context } = await visit(browser, `${url}?reason=people&lang=ru`, { js: true, scheme: 'dark' });
    await page.getByRole('button').click();
    await axe(page, 'thanks, dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await axe(page, 'thanks, light');
    await page.goto(url);
    await axe(page, 'saved');
    await context.close();
  });
});
