import process from 'node:process';
import { measureMemory } from './face-memory.ts';

process.send?.(await measureMemory());
process.disconnect?.();
