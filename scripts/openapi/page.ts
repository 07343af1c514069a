import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Operation, takesJson } from '../../main/sync/operation.ts';
import { contract } from './contract.ts';
import { answersJson, componentName, componentSchemas, exampleOf, refusalsByStatus, table } from './document.ts';
import { type SchemaNode, schemaNode, schemaRows } from './schema-rows.ts';

/** The interface for people: one page of HTML that needs nothing else. The same table gives the same bytes. */
export function documentPage(): string {
  const schemas = z.record(z.string(), schemaNode).parse(componentSchemas());
  const style = readFileSync(new URL('page.css', import.meta.url), 'utf8');
  const chapters = contract.map(({ title }) => `<li><a href="#${anchor(title)}">${plain(title)}</a></li>`);
  const entries = table.map(
    ([id, { method, path }]) => `<li><a href="#${id}">${verb(method)}<span>${plain(path)}</span></a></li>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Jiujin 就近: platform interface</title>
<style>
${style}</style>
<nav aria-label="Contents">
<p><strong>Jiujin 就近</strong><br>Platform interface</p>
<p>Contract</p><ul>${chapters.join('')}</ul>
<p>Operations</p><ul class="operations">${entries.join('')}</ul>
<p>Schemas</p><ul>${Object.keys(schemas)
    .map((name) => `<li>${schemaLink(name)}</li>`)
    .join('')}</ul>
<p><a href="openapi.json">openapi.json</a></p>
</nav>
<main>
<h1>What terminals ask of the central platform</h1>
<p>Made from the schemas by which terminals check what they send and what they get. For tools: <a href="openapi.json">OpenAPI 3.1</a>.</p>
${contract.map(chapter).join('\n')}
<h2 id="operations">Operations</h2>
${overview()}
${table.map(([id, operation]) => section(id, operation, schemas)).join('\n')}
<h2 id="schemas">Schemas</h2>
${Object.entries(schemas)
  .map(([name, node]) => schemaSection(name, node))
  .join('\n')}
</main>
</html>
`;
}

function chapter({ title, paragraphs }: (typeof contract)[number]): string {
  return `<h2 id="${anchor(title)}">${plain(title)}</h2>\n${paragraphs.map((text) => `<p>${inline(text)}</p>`).join('\n')}`;
}

function overview(): string {
  const rows = table.map(
    ([id, { method, path, summary, once, deadlineMs }]) =>
      `<tr><td><a href="#${id}">${verb(method)} <code>${plain(path)}</code></a><td>${inline(summary)}<td>${once ? 'once per key' : ''}<td>${seconds(deadlineMs)}`,
  );
  return tableOf(['Operation', 'What for', 'Idempotent', 'Deadline'], rows);
}

function section(id: string, operation: Operation, schemas: Readonly<Record<string, SchemaNode>>): string {
  const { method, path, summary, description, credential, once, deadlineMs } = operation;
  const facts = [
    credential === 'terminal'
      ? '<code>Authorization</code>, <code>Terminal-Id</code>'
      : 'answers without a credential too',
    ...(once ? ['<code>Idempotency-Key</code>: done once'] : []),
    `answer within ${seconds(deadlineMs)}`,
  ];
  return `<section aria-labelledby="${id}">
<h3 id="${id}">${verb(method)} <code>${plain(path)}</code></h3>
<p><strong>${inline(summary)}</strong></p>
${description === undefined ? '' : `<p>${inline(description)}</p>`}
<p class="facts">${facts.join(' · ')}</p>
${parametersOf(operation)}
${bodyOf(id, operation, schemas)}
${answerOf(id, operation, schemas)}
${refusalsOfPage(operation)}
</section>`;
}

function parametersOf({ parts, query, headers }: Operation): string {
  const rows = [parts, query, headers].flatMap((schema, index) => {
    const place = ['path', 'query', 'header'][index];
    const node = schema && schemaNode.parse(z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' }));
    return (node ? schemaRows(node) : []).map(
      ({ path, required, type, limits, description }) =>
        `<tr><td><code>${plain(path)}</code><td>${place}<td>${required || place === 'path' ? '' : 'optional'}<td>${plain(type)}<td>${inline(description)} ${plain(limits)}`,
    );
  });
  return rows.length === 0
    ? ''
    : `<h4>Parameters</h4>${tableOf(['Name', 'In', '', 'Type', 'Meaning and limits'], rows)}`;
}

function bodyOf(id: string, operation: Operation, schemas: Readonly<Record<string, SchemaNode>>): string {
  if (operation.bodyType) return `<h4>Body</h4><p>Bytes of type <code>${plain(operation.bodyType)}</code>.</p>`;
  if (!takesJson(operation)) return '';
  const name = componentName(id, 'Body');
  return `<h4>Body: ${schemaLink(name)}</h4>${membersOf(schemas[name])}${exampleBlock(exampleOf(id)?.body)}`;
}

function answerOf(id: string, operation: Operation, schemas: Readonly<Record<string, SchemaNode>>): string {
  const { successes, answerType, answerHeaders = {} } = operation;
  const statuses = Object.entries(successes).map(([status, when]) => `<tr><td>${status}<td>${inline(when)}`);
  const headers = Object.entries(answerHeaders).map(
    ([header, says]) => `<tr><td><code>${plain(header)}</code><td>${inline(says)}`,
  );
  const name = componentName(id, 'Answer');
  const json = answersJson(operation);
  const type = answerType ? `<p>Bytes of type <code>${plain(answerType)}</code>.</p>` : '';
  return `<h4>Answer${json ? `: ${schemaLink(name)}` : ''}</h4>${tableOf(['Status', 'When'], statuses)}${type}${
    headers.length > 0 ? tableOf(['Header', 'Says'], headers) : ''
  }${json ? membersOf(schemas[name]) + exampleBlock(exampleOf(id)?.answer) : ''}`;
}

function refusalsOfPage(operation: Operation): string {
  const rows = [...refusalsByStatus(operation).values()]
    .flat()
    .map(({ status, code, when }) => `<tr><td>${status}<td><code>${code}</code><td>${inline(when)}`);
  return `<details><summary>Refusals</summary>${tableOf(['Status', 'Code', 'When'], rows)}</details>`;
}

function schemaSection(name: string, node: SchemaNode): string {
  return `<h3 id="schema-${name}">${name}</h3>\n${membersOf(node)}`;
}

function membersOf(node: SchemaNode | undefined): string {
  const rows = (node ? schemaRows(node) : []).map(({ path, required, type, ref, limits, description }) => {
    const depth = path.split('.').length - 1;
    const mark = required ? '' : '<td>optional';
    const says = [inline(description), `<span class="limits">${plain(limits)}</span>`].join(' ');
    return `<tr><td style="--depth:${depth}"><code>${plain(path)}</code>${mark || '<td>'}<td>${ref ? schemaLink(ref) : plain(type)}<td>${says}`;
  });
  return tableOf(['Member', '', 'Type', 'Meaning and limits'], rows);
}

function exampleBlock(example: unknown): string {
  return example === undefined ? '' : `<pre tabindex="0">${plain(JSON.stringify(example, null, 2))}</pre>`;
}

function tableOf(headings: readonly string[], rows: readonly string[]): string {
  const head = headings.map((heading) => `<th scope="col">${heading}`).join('');
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head}<tbody>${rows.join('\n')}</table></div>`;
}

function schemaLink(name: string): string {
  return `<a href="#schema-${name}">${name}</a>`;
}

function verb(method: string): string {
  return `<span class="verb ${method.toLowerCase()}">${method}</span>`;
}

function seconds(ms: number): string {
  return `${ms / 1_000} s`;
}

function anchor(title: string): string {
  return title.toLowerCase().replace(/[^a-z]+/g, '-');
}

/** Of Markdown, what the texts here use: code and strong. */
function inline(text: string): string {
  return plain(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>');
}

function plain(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
