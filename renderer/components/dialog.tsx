import type { ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';

type Props = {
  title: string;
  /** `alert` interrupts and wants an answer: neither a touch beside it nor Escape closes it. */
  role?: 'dialog' | 'alertdialog';
  onClose?: () => void;
  children: ReactNode;
  actions: ReactNode;
};

export function BigDialog({ title, role = 'dialog', onClose, children, actions }: Props) {
  return (
    <ModalOverlay
      className="veil"
      isOpen
      onOpenChange={() => onClose?.()}
      isDismissable={role === 'dialog'}
      isKeyboardDismissDisabled={role === 'alertdialog'}
    >
      <Modal className="dialog">
        <Dialog role={role} className="dialog__inside">
          <Heading slot="title" level={2} className="dialog__title">
            {title}
          </Heading>
          <div className="dialog__body">{children}</div>
          <div className="dialog__actions">{actions}</div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
