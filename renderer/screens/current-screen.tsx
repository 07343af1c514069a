import { useTerminal } from '../api/terminal.ts';
import { AttractScreen } from './attract.tsx';
import { EndingScreen } from './ending.tsx';
import { FormScreen } from './form.tsx';
import { IdentifyScreen } from './identify.tsx';
import { OutOfServiceScreen } from './out-of-service.tsx';
import { PrintScreen } from './print.tsx';
import { ResultScreen } from './result.tsx';
import { ResumeScreen } from './resume.tsx';
import { ReviewScreen } from './review.tsx';
import { SaveDraftScreen } from './save-draft.tsx';
import { ServicesScreen } from './services.tsx';
import { SubmitScreen } from './submit.tsx';
import { VerifyFaceScreen } from './verify-face.tsx';
import { WithoutFaceScreen } from './without-face.tsx';

export function CurrentScreen() {
  const { view, visitKey } = useTerminal();
  const { screen } = view;
  switch (screen.kind) {
    case 'attract':
      return <AttractScreen />;
    case 'services':
      return <ServicesScreen services={screen.services} />;
    case 'identify':
      return <IdentifyScreen reader={screen.reader} />;
    case 'verify-face':
      return <VerifyFaceScreen screen={screen} />;
    case 'without-face':
      return <WithoutFaceScreen />;
    case 'form':
      return (
        <FormScreen
          key={`${visitKey} ${screen.fields.map(({ name }) => name)}`}
          fields={screen.fields}
          position={screen.position}
        />
      );
    case 'review':
      return <ReviewScreen screen={screen} />;
    case 'submit':
      return <SubmitScreen phase={screen.phase} caseNumber={screen.caseNumber} />;
    case 'print':
      return <PrintScreen papers={screen.papers} />;
    case 'result':
      return <ResultScreen screen={screen} />;
    case 'save-draft':
      return <SaveDraftScreen screen={screen} />;
    case 'resume':
      return <ResumeScreen key={visitKey} screen={screen} />;
    case 'ending':
      return <EndingScreen />;
    case 'out-of-service':
      return <OutOfServiceScreen problem={screen.problem} />;
  }
}
