import '@fontsource-variable/noto-sans-sc';
import './styles/index.css';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import { browserPorts } from './api/browser-ports.ts';
import { CoreClient } from './api/client.ts';
import { App } from './app.tsx';
import { createLanguages } from './i18n/i18n.ts';
import { Speaker } from './speech/speaker.ts';
import { browserSynthesiser } from './speech/synthesiser.ts';

// zod compiles its parsers with `Function` where it may; the page's policy forbids eval and reports each try.
z.config({ jitless: true });

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
const client = new CoreClient(browserPorts);
client.start();
// Absent from browsers built without it.
const speech: SpeechSynthesis | undefined = window.speechSynthesis;
const speaker = new Speaker(browserSynthesiser(speech), () => performance.now());
createRoot(root).render(<App client={client} languages={createLanguages()} speaker={speaker} />);
