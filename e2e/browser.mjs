import { existsSync } from 'node:fs';
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { AxeBuilder } from '@axe-core/playwright';

const path = process.env.CHROMIUM || '/usr/bin/chromium';

/** noBrowser says why the tests cannot run, or is false. In CI that is a failure. */
export const noBrowser = existsSync(path) ? false : `there is no browser at ${path}; set CHROMIUM`;
if (noBrowser && process.env.CI) throw new Error(noBrowser);

export const launch = () => chromium.launch({ executablePath: path });

/**
 * visit opens a page as a reader does and watches it: what it loads from
 * elsewhere, what breaks, what its security policy had to block.
 */
export async function visit(browser, url, { width = 390, height = 844, js = false, scheme = 'light', locale = 'ru-RU' } = {}) {
  const context = await browser.newContext({
    viewport: { width, height }, javaScriptEnabled: js, colorScheme: scheme, locale, timezoneId: 'Europe/Moscow',
  });
  const page = await context.newPage();
  const trouble = [];
  const home = new URL(url).origin;
  page.on('request', (r) => { if (new URL(r.url()).origin !== home) trouble.push(`asked ${r.url()}`); });
  page.on('pageerror', (e) => trouble.push(String(e)));
  page.on('console', (m) => {
    // The browser asks each new origin for an icon by itself; a letter has none.
    if (m.type() === 'error' && !m.location().url.endsWith('/favicon.ico')) trouble.push(m.text());
  });
  await page.goto(url);
  return { page, context, trouble };
}

export async function axe(page, where) {
  const result = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  assert.deepEqual(result.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(' ')}`), [], where);
}

export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** smallTargets lists what is too small for a thumb: under 44 px high, or 24 px wide. */
export const smallTargets = (page) => page.evaluate(() =>
  [...document.querySelectorAll('button, a[href], label:has(input), textarea')]
    .filter((e) => !e.closest('p') || e.closest('.aside')) // links within a sentence are exempt (WCAG 2.5.8)
    .map((e) => ({ e, r: e.getBoundingClientRect() }))
    .filter(({ r }) => r.height < 44 || r.width < 24)
    .map(({ e, r }) => `${e.outerHTML.slice(0, 80)} ${r.width}×${r.height}`));
