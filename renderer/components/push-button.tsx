import type { ReactNode } from 'react';
import { Button, type ButtonProps } from 'react-aria-components';
import { Icon, type IconName } from './icon.tsx';

type Props = Omit<ButtonProps, 'children' | 'className'> & {
  /** `primary`: the one thing to do now. `outline`: the way back or round. `plain`: always there, never in the way. */
  look?: 'primary' | 'outline' | 'plain' | undefined;
  icon?: IconName | undefined;
  children: ReactNode;
};

export function PushButton({ look = 'plain', icon, children, ...rest }: Props) {
  return (
    <Button {...rest} className={`push push--${look}`}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </Button>
  );
}
