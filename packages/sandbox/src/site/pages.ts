import type { SitePage } from './page.ts'

/** The manual of the Tidewren, a tide gauge that does not exist. `origin` is the site's own, for its absolute links. */
export const sitePages = (origin: string): readonly SitePage[] => [
  {
    path: '',
    title: 'Tidewren: a small tide gauge',
    description: ['Sample manual of the Tidewren tide gauge, an invented product.'],
    body: `
<h1>Tidewren</h1>
<p>The Tidewren measures the water level of a small harbour every ten minutes and reports it over a plain HTTP API.</p>
<ul>
  <li><a href="guide/">Guide</a>, also linked as <a href="guide/?ref=home">guide with a query</a></li>
  <li><a href="${origin}/site/api/">API reference</a> (an absolute link)</li>
  <li><a href="faq#battery">How long does the battery last?</a></li>
  <li><a href="./changelog">Changelog</a></li>
  <li><a href="stations/">Sample stations</a></li>
  <li><a href="start">Start here</a> (moved)</li>
  <li><a href="home">Home</a> (moved back to this page)</li>
  <li><a href="status">Service status</a> (slow)</li>
  <li><a href="notes/untitled">Loose notes</a></li>
  <li><a href="internal/roadmap">Internal roadmap</a></li>
  <li><a href="downloads/quick-card.txt">Quick card</a> as plain text</li>
  <li><a href="downloads/sample-readings.zip">Sample readings</a> as an archive</li>
  <li><a href="https://example.com/">Example homepage</a> and <a href="https://example.com/tides/field-guide">a field guide elsewhere</a></li>
  <li><a href="mailto:nobody@example.com">Write to nobody</a></li>
</ul>`,
  },
  {
    path: 'guide/',
    title: 'Guide',
    description: ['From the box to the first reading.'],
    body: `
<h1>Guide</h1>
<p>Three steps: <a href="install">install</a>, <a href="calibrate">calibrate</a>, and choose a <a href="mounting/">mounting</a>.</p>
<p>The old <a href="wall-bracket">wall bracket</a> page is gone.</p>`,
  },
  {
    path: 'guide/install',
    title: 'Install the gauge',
    description: ['Tools, time and the first boot.'],
    body: `
<h1>Install the gauge</h1>
<p>You need a 6 mm key, two brackets and 20 minutes.</p>
<ol><li>Fix the tube upright, its foot 40 cm below the lowest tide.</li><li>Close the lid until it clicks.</li><li>Wait for the green light.</li></ol>
<p>Next: <a href="../guide/calibrate">calibrate it</a>.</p>`,
  },
  {
    path: 'guide/calibrate',
    title: 'Calibrate the sensor',
    description: ['Offsets, with a table and a command.'],
    body: `
<h1>Calibrate the sensor</h1>
<p>Compare the gauge with a measuring rod at three levels.</p>
<table>
  <thead><tr><th>Level</th><th>Rod (cm)</th><th>Gauge (cm)</th></tr></thead>
  <tbody>
    <tr><td>Low</td><td>42</td><td>44</td></tr>
    <tr><td>Middle</td><td>118</td><td>120</td></tr>
    <tr><td>High | storm</td><td>203</td><td>205</td></tr>
  </tbody>
</table>
<p>Then store the offset:</p>
<pre><code class="language-sh">tidewren offset set --sensor main -2
tidewren offset show</code></pre>`,
  },
  {
    path: 'guide/quickstart',
    title: 'Quickstart',
    description: ['One page for the impatient; only the old address leads here.'],
    body: '<h1>Quickstart</h1><p>Power, water, wait. The first reading arrives after ten minutes.</p>',
  },
  {
    path: 'guide/mounting/',
    title: 'Mounting',
    description: ['Where the gauge can live.'],
    body: '<h1>Mounting</h1><p>On a pile, on a quay, or <a href="harbour/">in a harbour basin</a>.</p>',
  },
  {
    path: 'guide/mounting/harbour/',
    title: 'In a harbour basin',
    description: ['Wash, mooring lines and ferries.'],
    body: '<h1>In a harbour basin</h1><p>Keep two metres from mooring lines. See also <a href="winter/">winter</a>.</p>',
  },
  {
    path: 'guide/mounting/harbour/winter/',
    title: 'Winter in the harbour',
    description: ['Four links away from the front page.'],
    body: '<h1>Winter in the harbour</h1><p>Lift the tube when ice is thicker than 3 cm.</p>',
  },
  {
    path: 'api/',
    title: 'API reference',
    description: ['The HTTP API of the gauge.'],
    body: `
<h1>API reference</h1>
<p>Everything is JSON over HTTP.</p>
<ul><li><a href="readings">Readings</a></li><li><a href="alarms">Alarms</a></li><li><a href="errors">Errors</a></li></ul>`,
  },
  {
    path: 'api/readings',
    title: 'API: readings',
    description: ['GET /readings'],
    body: `
<h1>Readings</h1>
<p><code>GET /readings?since=…</code> answers with at most 100 readings.</p>
<pre><code class="language-json">{ "station": "sample-1", "level_cm": 118, "at": "2026-01-01T00:00:00Z" }</code></pre>
<p>Errors are on <a href="/site/api/errors">their own page</a>.</p>`,
  },
  {
    path: 'api/alarms',
    title: 'API: alarms',
    description: ['PUT /alarms/{name}'],
    body: '<h1>Alarms</h1><p>An alarm fires once when the level passes its mark, and again after an hour.</p>',
  },
  {
    path: 'api/errors',
    title: 'API: errors',
    description: ['Codes and what to do.'],
    body: '<h1>Errors</h1><dl><dt>E1</dt><dd>Sensor dry.</dd><dt>E2</dt><dd>Clock not set.</dd></dl>',
  },
  {
    path: 'faq',
    title: 'Questions and answers',
    description: ['Battery, range, gulls.'],
    body: `
<h1>Questions and answers</h1>
<h2 id="battery">How long does the battery last?</h2><p>Fourteen months at one reading every ten minutes.</p>
<h2 id="gulls">Do gulls mind?</h2><p>They sit on it. <a href="#battery">This does not drain the battery.</a></p>`,
  },
  {
    path: 'changelog',
    title: 'Changelog',
    description: ['What changed and when.', 'A second description, by mistake.'],
    body: '<h1>Changelog</h1><h2>2.1 (sample)</h2><ul><li>Readings survive a flat battery.</li></ul><p>During an <a href="status/incident">incident</a> nothing is released.</p>',
  },
  {
    path: 'stations/',
    title: 'Sample stations',
    description: ['Two invented places.'],
    body: '<h1>Sample stations</h1><ul><li><a href="%C3%A5land">Åland</a></li><li><a href="marrow-bay">Marrow Bay</a></li></ul>',
  },
  {
    path: 'stations/åland',
    title: 'Åland – vattenstånd och 潮汐',
    description: ['Provstation med påhittade värden.'],
    language: 'sv',
    body: '<h1>Åland – vattenstånd</h1><p>Havet stiger långsamt här: knappt 3 cm på sex timmar. 潮の満ち引きはほとんどありません。🌊</p>',
  },
  {
    path: 'stations/marrow-bay',
    title: 'Marrow Bay',
    description: ['A station with a large range.'],
    body: '<h1>Marrow Bay</h1><p>Range 7.4 m at spring tide (sample data).</p>',
  },
  {
    path: 'notes/untitled',
    body: '<p>A page that somebody forgot to name. It says that the spare key hangs behind the sample door.</p>',
  },
  {
    path: 'status',
    title: 'Service status',
    description: ['Slow on purpose.'],
    delayMs: 300,
    body: '<h1>Service status</h1><p>All sample systems are up.</p>',
  },
  {
    path: 'status/incident',
    title: 'Something broke',
    status: 500,
    body: '<h1>Internal error</h1><p>This page always fails.</p>',
  },
  {
    path: 'press-kit',
    title: 'Press kit',
    description: ['In the sitemap alone; no page links here.'],
    body: '<h1>Press kit</h1><p>Three sentences about a gauge that does not exist.</p>',
  },
  {
    path: 'internal/roadmap',
    title: 'Internal roadmap',
    description: ['robots.txt asks crawlers to stay away.'],
    body: '<h1>Internal roadmap</h1><p>A crawler that obeys robots.txt never reads this.</p>',
  },
]

/** Old addresses. */
export const siteRedirects: Readonly<Record<string, string>> = { start: 'guide/quickstart', home: '' }

/** What the sitemap lists: the chapters, and one page that nothing links to. */
export const sitemapPaths = ['', 'guide/', 'api/', 'faq', 'press-kit'] as const

export const robotsDisallowed = ['internal/'] as const
