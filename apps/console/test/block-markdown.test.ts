/** What Notion writes, as it is made ready to be shown; the document itself stays as it is. */
import { expect, test } from 'vitest'
import { isOfBlocks, ordinaryMarkdown } from '../src/runs/block-markdown.ts'

const text = (...lines: string[]) => lines.join('\n')

test('what is in a toggle is text below it, without its attributes', () => {
  const written = text('## 1. Opening {toggle="true" color="red"}', '\tRule 1.', '\tRule 2.', '## 2. Ovens')
  expect(isOfBlocks(written)).toBe(true)
  expect(ordinaryMarkdown(written)).toBe(text('## 1. Opening', '', 'Rule 1.', '', 'Rule 2.', '', '## 2. Ovens'))
})

test('braces that are no attributes, and code, stay', () => {
  const written = text(
    'A {set} of {a, b}',
    'Escaped \\{a="b"}',
    '```',
    'up{job="api"}',
    '\tinner',
    '',
    'end',
    '```',
    'Last {"a": 1}',
  )
  expect(ordinaryMarkdown(written)).toBe(
    text(
      'A {set} of {a, b}',
      '',
      'Escaped \\{a="b"}',
      '',
      '```',
      'up{job="api"}',
      '\tinner',
      '',
      'end',
      '```',
      '',
      'Last {"a": 1}',
    ),
  )
})

test('lists stay lists, with what is in them; one of another kind is another', () => {
  expect(ordinaryMarkdown(text('- One', '\t- In it', '\t\tDeep', '- Two', '3. Three', '4. Four', 'After'))).toBe(
    text('- One', '  - In it', '', '    Deep', '', '- Two', '', '3. Three', '4. Four', '', 'After'),
  )
})

test('a quote and a callout keep what is in them; what only places it goes', () => {
  expect(
    ordinaryMarkdown(
      text(
        '> Said',
        '\tand more',
        '<callout icon="!">',
        '\tMind',
        '\tthe gap',
        '</callout>',
        '<columns>',
        '\t<column>',
        '\t\tLeft',
        '\t</column>',
        '</columns>',
        '---',
        '<empty-block/>',
        '<details>',
        '<summary>Open</summary>',
        '\tHidden',
        '</details>',
      ),
    ),
  ).toBe(
    text(
      '> Said',
      '>',
      '> and more',
      '',
      '> Mind',
      '>',
      '> the gap',
      '',
      'Left',
      '',
      '---',
      '',
      '<details>',
      '',
      '<summary>Open</summary>',
      '',
      'Hidden',
      '',
      '</details>',
    ),
  )
})

test('equations are code, cells are Markdown, files and dates have words', () => {
  expect(
    ordinaryMarkdown(
      text(
        '\t$$',
        '\tx^2',
        '\t$$',
        'At $`e^x`$ on <mention-date start="2026-05-04" end="2026-05-06"/>',
        '<file src="https://example.org/a">a.txt</file>',
        '<table header-row="true">',
        '<tr>',
        '<td>**Salt**</td>',
        '</tr>',
        '</table>',
      ),
    ),
  ).toBe(
    text(
      '```',
      'x^2',
      '```',
      '',
      'At `e^x` on 2026-05-04 – 2026-05-06',
      '',
      '[a.txt](https://example.org/a)',
      '',
      '<table header-row="true">',
      '<tr>',
      '<td>',
      '',
      '**Salt**',
      '',
      '</td>',
      '</tr>',
      '</table>',
    ),
  )
})

test('ordinary Markdown is told apart', () => {
  for (const ordinary of [
    'One line.',
    text('# A page', '', 'A paragraph over', 'two lines.', '', '\tcode', '', '```', 'a {b="c"}', '```'),
    text('<div>', '\t<p>HTML</p>', '</div>', '', 'Text'),
  ])
    expect(isOfBlocks(ordinary), ordinary).toBe(false)
})
