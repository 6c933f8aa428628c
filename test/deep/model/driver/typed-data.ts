import { concat, keccak256, stringToHex } from 'viem';

import type { Terms } from '../market/forming.ts';
import type { SignedAsk } from '../market/order-book.ts';
import type { Handover } from '../market/handing-over.ts';
import type { Renewal } from '../market/renewing.ts';
import type { Address, Hex } from '../market/types.ts';

const DOMAIN = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';
const AGREEMENT =
  'StorageAgreement(address client,uint32 provider,bytes32 objectKey,uint8 shardIndex,bytes32 shardRoot,uint32 units,uint64 pricePerUnitPeriod,uint24 periods,uint96 collateral,uint64 askId,uint64 bidId,uint64 nonce,uint64 deadline)';

const ASK =
  'Ask(uint32 provider,uint64 pricePerUnitPeriod,uint32 unitsLeft,uint32 minUnits,uint32 maxUnits,uint40 expiry,uint24 collateralPeriods,uint24 minPeriods,uint24 maxPeriods,uint16 region,uint96 minClientDeposit,uint64 retrievalPricePerMiB,uint16 premiumBps,uint64 ceiling)';

const VOUCHER = 'Voucher(uint64 channel,uint96 amount,uint64 readBytes,uint32 firstByteMs,uint8 kibPerSecond)';

export interface Voucher {
  channel: bigint;
  amount: bigint;
  readBytes: bigint;
  firstByteMs: number;
  kibPerSecond: number;
}

/** Hashes the market's EIP-712 messages for one contract; written out, because signing is what a run does most. */
export class TypedData {
  readonly #domain: Hex;

  constructor(name: string, version: string, chainId: bigint, contract: Address) {
    this.#domain = struct(DOMAIN, [text(name), text(version), chainId, contract]);
  }

  digest(structHash: Hex): Hex {
    return keccak256(concat(['0x1901', this.#domain, structHash]));
  }

  nodeBinding(operator: Address, region: number, deadline: bigint): Hex {
    const type = 'NodeBinding(address operator,uint16 region,uint256 deadline)';
    return this.digest(struct(type, [operator, region, deadline]));
  }

  agreement(terms: Terms): Hex {
    return this.digest(agreementHash(terms));
  }

  batch(batch: readonly Terms[]): Hex {
    const list = keccak256(concat(batch.map(agreementHash)));
    return this.digest(struct(`AgreementBatch(StorageAgreement[] agreements)${AGREEMENT}`, [list]));
  }

  renewal({ agreement, client, periods, nonce, deadline }: Renewal): Hex {
    const type = 'Renewal(uint64 agreement,address client,uint24 periods,uint64 nonce,uint64 deadline)';
    return this.digest(struct(type, [agreement, client, periods, nonce, deadline]));
  }

  handover({ agreement, objectKey, successor, nonce, deadline }: Handover): Hex {
    const type = 'Handover(uint64 agreement,bytes32 objectKey,uint32 successor,uint64 nonce,uint64 deadline)';
    return this.digest(struct(type, [agreement, objectKey, successor, nonce, deadline]));
  }

  signedAsk(signed: SignedAsk): Hex {
    return this.digest(signedAskHash(signed));
  }

  voucher(voucher: Voucher): Hex {
    return this.digest(voucherHash(voucher));
  }

  closing(voucher: Voucher, deadline: bigint): Hex {
    return this.digest(struct(`Closing(Voucher voucher,uint64 deadline)${VOUCHER}`, [voucherHash(voucher), deadline]));
  }

  permit(owner: Address, spender: Address, value: bigint, nonce: bigint, deadline: bigint): Hex {
    const type = 'Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)';
    return this.digest(struct(type, [owner, spender, value, nonce, deadline]));
  }
}

/** Id that a signed ask has in the book: the upper bit, and 63 bits of its hash. */
export function signedAskId(signed: SignedAsk): bigint {
  return (BigInt(signedAskHash(signed)) & (2n ** 64n - 1n)) | (1n << 63n);
}

function signedAskHash({ ask, nonce, series }: SignedAsk): Hex {
  const hash = struct(ASK, [
    ask.provider,
    ask.pricePerUnitPeriod,
    ask.unitsLeft,
    ask.minUnits,
    ask.maxUnits,
    ask.expiry,
    ask.collateralPeriods,
    ask.minPeriods,
    ask.maxPeriods,
    ask.region,
    ask.minClientDeposit,
    ask.retrievalPricePerMiB,
    ask.premiumBps,
    ask.ceiling,
  ]);
  return struct(`SignedAsk(Ask ask,uint64 nonce,uint32 series)${ASK}`, [hash, nonce, series]);
}

function voucherHash({ channel, amount, readBytes, firstByteMs, kibPerSecond }: Voucher): Hex {
  return struct(VOUCHER, [channel, amount, readBytes, firstByteMs, kibPerSecond]);
}

function agreementHash(terms: Terms): Hex {
  return struct(AGREEMENT, [
    terms.client,
    terms.provider,
    terms.objectKey,
    terms.shardIndex,
    terms.shardRoot,
    terms.units,
    terms.pricePerUnitPeriod,
    terms.periods,
    terms.collateral,
    terms.askId,
    terms.bidId,
    terms.nonce,
    terms.deadline,
  ]);
}

/** The hash of a struct of value types: its type's hash and each value in a word of its own. */
function struct(type: string, values: readonly (bigint | number | Hex)[]): Hex {
  return keccak256(concat([text(type), ...values.map(word)]));
}

function text(value: string): Hex {
  return keccak256(stringToHex(value));
}

/** Numbers and addresses stand on the right of their word; a bytes32 fills it. */
function word(value: bigint | number | Hex): Hex {
  const digits = typeof value === 'string' ? value.slice(2) : value.toString(16);
  return `0x${digits.padStart(64, '0')}`;
}
