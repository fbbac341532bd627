import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { AxeBuilder } from '@axe-core/playwright';
import { launch, noBrowser, overflow, visit } from './browser.mjs';
import { startOpendoor } from './opendoor.mjs';

describe('letters', { skip: noBrowser, concurrency: 2 }, () => {
  let browser, opendoor;
  before(async () => { [browser, opendoor] = await Promise.all([launch(), startOpendoor()]); });
  after(async () => { await browser?.close(); await opendoor?.stop(); });

  const templates = ['T01', 'T02', 'T03', 'T03r', 'T04', 'T05', 'T06', 'T07', 'T08', 'T09', 'T09c', 'T10', 'T11', 'T11r', 'T12', 'T13', 'T14', 'T15', 'T16',
    'T17', 'T18', 'T19', 'T20', 'T21', 'T22', 'T23', 'I01', 'I02', 'I03', 'I04', 'I05', 'I06', 'I07', 'I08'];
  for (const template of templates) {
    for (const lang of ['ru', 'en']) {
      test(`${template} in ${lang} reads well on a phone and in the dark`, async (t) => {
        if (!opendoor.letters) return t.skip('only the preview server shows letters');
        const { page, context, trouble } = await visit(browser, `${opendoor.letters}${lang}/${template}`, { js: true, width: 320 });
        assert.equal(await overflow(page), 0);
        const small = await page.evaluate(() => [...document.querySelectorAll('td a, p > a:only-child')]
          .filter((a) => getComputedStyle(a).display !== 'inline')
          .filter((a) => a.getBoundingClientRect().height < 44).map((a) => a.textContent));
        assert.deepEqual(small, []);
        // In the dark only the colours differ.
        for (const [colorScheme, only] of [['light', (b) => b.withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])], ['dark', (b) => b.withRules(['color-contrast'])]]) {
          await page.emulateMedia({ colorScheme });
          const found = await only(new AxeBuilder({ page })).analyze();
          assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`), [], colorScheme);
        }
        assert.deepEqual(trouble, []);
        await context.close();
      });
    }
  }
});
