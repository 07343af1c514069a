import { useTranslation } from 'react-i18next';
import type { PaperItem, Problem } from '../../main/contracts/view.ts';
import { useSend } from '../api/terminal.ts';
import { whatAndTodo } from '../i18n/problem-text.ts';
import { Notice } from './notice.tsx';
import { PaperPicture } from './pictures/paper-picture.tsx';
import { PushButton } from './push-button.tsx';

/** Each paper with the slot that it comes out of, and what can be done about it. */
export function Papers({ papers }: { papers: readonly PaperItem[] }) {
  // Nothing but slots to look at: no reason to read, no question to answer.
  const watched = papers.every(({ state }) => state !== 'not-printed' && state !== 'unknown');
  return (
    <ul className={watched ? 'papers papers--watched' : 'papers'}>
      {papers.map((paper) => (
        <Paper key={paper.document} paper={paper} />
      ))}
    </ul>
  );
}

function Paper({ paper }: { paper: PaperItem }) {
  const { t } = useTranslation();
  const { document, state, copies, problem } = paper;
  const words = { paper: t(`paper.${document}`), slot: t(`paper.${document}Slot`) };
  return (
    <li className={`paper paper--${state}`}>
      <PaperPicture document={document} state={state} label={t('paper.picture', words)} />
      <div className="paper__text">
        <h2 className="paper__name">
          {words.paper}
          <span className="paper__copies">{t('paper.copies', { copies })}</span>
        </h2>
        <p className="paper__slot">{words.slot}</p>
        <p className="paper__state" role="status">
          {t(`paper.${state}`)}
        </p>
      </div>
      {problem && state === 'not-printed' && <Trouble problem={problem} />}
      {state === 'unknown' && <Seen document={document} question={t('paper.seenQuestion', words)} />}
    </li>
  );
}

function Trouble({ problem }: { problem: Problem }) {
  const { t } = useTranslation();
  return <Notice tone="warn">{whatAndTodo(t, problem)}</Notice>;
}

function Seen({ document, question }: { document: PaperItem['document']; question: string }) {
  const { t } = useTranslation();
  const send = useSend();
  return (
    <div className="paper__seen">
      <p>{question}</p>
      <PushButton look="outline" onPress={() => send({ type: 'paper-seen', document, seen: true })}>
        {t('paper.seenYes')}
      </PushButton>
      <PushButton look="outline" onPress={() => send({ type: 'paper-seen', document, seen: false })}>
        {t('paper.seenNo')}
      </PushButton>
    </div>
  );
}
