import { type ReactNode, useEffect, useRef } from 'react';
import { useTerminal } from '../api/terminal.ts';
import { Header } from './header.tsx';
import { Steps } from './steps.tsx';

type Props = {
  title: string;
  /** For the control that the title names. */
  titleId?: string;
  /** Where the title changes its words under one question: what stays the same. The focus then stays where it is. */
  topic?: string;
  /** Over the question, quietly: which of how many. */
  above?: string;
  lead?: ReactNode;
  /** A mark beside the title: how it went. */
  mark?: ReactNode;
  /** Under the question: what must be said before anything is done. */
  beside?: ReactNode;
  /** The thing itself: picture, list, form. */
  children: ReactNode;
  actions: ReactNode;
  /** `beside`: in landscape, question left and thing right. `below`: question above the thing in both. */
  thing?: 'beside' | 'below';
};

export function Page({ title, titleId, topic, above, lead, mark, beside, children, actions, thing = 'beside' }: Props) {
  const { view } = useTerminal();
  return (
    <div className="page" data-screen={view.screen.kind}>
      <Header />
      <main className={`page__main page__main--${thing}`}>
        <Steps />
        <div className="page__question">
          <div className="page__asked">
            {mark}
            <div>
              {above && <p className="page__above">{above}</p>}
              <Title id={titleId} topic={topic}>
                {title}
              </Title>
              {lead && <p className="page__lead">{lead}</p>}
            </div>
          </div>
          {beside}
        </div>
        <div className="page__thing">{children}</div>
      </main>
      {actions}
    </div>
  );
}

/** Each new question takes the focus, so that it is read aloud first and the keypad starts from the top. */
export function Title({
  id,
  topic,
  children,
}: {
  id?: string | undefined;
  topic?: string | undefined;
  children: string;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question is another place to start from
  useEffect(() => heading.current?.focus({ preventScroll: true }), [topic ?? children]);
  return (
    <h1 ref={heading} id={id} className="page__title" tabIndex={-1}>
      {children}
    </h1>
  );
}
