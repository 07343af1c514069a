import type { i18n } from 'i18next';
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { I18nProvider } from 'react-aria-components';
import { I18nextProvider } from 'react-i18next';
import type { Language } from '../main/contracts/common.ts';
import type { CoreClient, Snapshot } from './api/client.ts';
import { type Terminal, TerminalContext } from './api/terminal.ts';
import type { CameraState } from './camera/detect.ts';
import { tryCamera } from './camera/open.ts';
import { useCameraReports } from './camera/use-camera.ts';
import { CameraWatch } from './camera/watch.ts';
import { useTouchMeansStay } from './components/any-touch.ts';
import { ClosedNote } from './components/closed-note.tsx';
import { HelpDialog } from './components/help-dialog.tsx';
import { answersWouldBeLost, LeaveDialog } from './components/leave-dialog.tsx';
import { RecoveringNote } from './components/recovering-note.tsx';
import { SaveDialog } from './components/save-dialog.tsx';
import { TimeDialog } from './components/time-dialog.tsx';
import { CurrentScreen } from './screens/current-screen.tsx';
import { SoundProvider } from './speech/sound.tsx';
import type { Speaker } from './speech/speaker.ts';

type Props = { client: CoreClient; languages: Record<Language, i18n>; speaker: Speaker };

export function App({ client, languages, speaker }: Props) {
  const snapshot = useSyncExternalStore(client.subscribe, client.snapshot);
  const language = snapshot.view?.language ?? 'zh-CN';
  const mode = snapshot.view?.mode ?? 'standard';
  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dataset['mode'] = mode;
  }, [language, mode]);
  return (
    <I18nextProvider i18n={languages[language]}>
      <I18nProvider locale={language}>
        <Connected client={client} speaker={speaker} snapshot={snapshot} />
      </I18nProvider>
    </I18nextProvider>
  );
}

type ConnectedProps = Omit<Props, 'languages'> & { snapshot: Snapshot };

function Connected({ client, speaker, snapshot }: ConnectedProps) {
  const { connection } = snapshot;
  if (connection === 'replaced' || connection === 'unauthorised')
    return <ClosedNote reason={connection} helpNumber={snapshot.view?.place.helpNumber} />;
  return (
    <>
      {snapshot.view && <OnScreen client={client} speaker={speaker} snapshot={snapshot} view={snapshot.view} />}
      {connection === 'recovering' && <RecoveringNote over={snapshot.view} />}
    </>
  );
}

function OnScreen({ client, speaker, snapshot, view }: ConnectedProps & { view: Terminal['view'] }) {
  const { viewAtMs, visitKey } = snapshot;
  const [dialog, setDialog] = useState<{ kind: 'help' | 'leave' | 'save'; over: string }>();
  // A dialog belongs to the screen under it: when that goes, so does the question, and the next resident never sees it.
  if (dialog && dialog.over !== view.screen.kind) setDialog(undefined);
  const away = snapshot.connection === 'recovering';
  const close = useCallback(() => setDialog(undefined), []);
  const camera = useMemo(() => {
    const devices: MediaDevices | undefined = navigator.mediaDevices; // absent where the origin is not trusted
    const send = (state: CameraState): void => client.send({ type: 'camera', state });
    return new CameraWatch({ devices, send, tryCamera: () => tryCamera(devices) });
  }, [client]);
  const terminal = useMemo<Terminal>(
    () => ({
      client,
      camera,
      view,
      viewAtMs,
      visitKey,
      away,
      askForHelp: () => setDialog({ kind: 'help', over: view.screen.kind }),
      askToSave: () => setDialog({ kind: 'save', over: view.screen.kind }),
      askToLeave: () => {
        if (answersWouldBeLost(view)) setDialog({ kind: 'leave', over: view.screen.kind });
        else client.send({ type: 'leave' });
      },
    }),
    [client, camera, view, viewAtMs, visitKey, away],
  );
  return (
    <TerminalContext value={terminal}>
      <Watchers />
      <div className="app" inert={away} data-views={snapshot.views}>
        <SoundProvider speaker={speaker}>
          <CurrentScreen />
        </SoundProvider>
      </div>
      {!away && dialog?.kind === 'help' && <HelpDialog onClose={close} />}
      {!away && dialog?.kind === 'leave' && <LeaveDialog onClose={close} />}
      {!away && dialog?.kind === 'save' && <SaveDialog onClose={close} />}
      {!away && view.timeLeft?.warning && <TimeDialog />}
    </TerminalContext>
  );
}

function Watchers() {
  useCameraReports();
  useTouchMeansStay();
  return null;
}
