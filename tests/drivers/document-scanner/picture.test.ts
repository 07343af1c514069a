import { pictureType } from '../../../drivers/document-scanner/picture.ts';
import { messageDecoderConformance } from '../../conformance/decoder-conformance.ts';
import { jpeg, png } from './pictures.ts';

messageDecoderConformance('a scanned page in JPEG', pictureType, jpeg('a'));
messageDecoderConformance('a scanned page in PNG', pictureType, png('a'));
