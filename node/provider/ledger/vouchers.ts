import type { DatabaseSync } from 'node:sqlite';

import type { SignedVoucher } from '../../market/messages.ts';
import type { ReceivedVouchers } from '../../retrieval/voucher-store.ts';
import { transaction } from '../../store/sqlite.ts';
import { type PaidChannel, toChannel } from './channels.ts';
import { bigintOf, hexOf, type Row } from './columns.ts';

/** A voucher that promises more than was redeemed. */
export interface PendingVoucher {
  readonly channel: PaidChannel;
  readonly signed: SignedVoucher;
  /** Token wei beyond what was redeemed, the part to be burned included. */
  readonly amount: bigint;
}

/** Vouchers that clients signed for what they read here: the highest of each channel. */
export class Vouchers implements ReceivedVouchers {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  get(channel: bigint): SignedVoucher | undefined {
    const row = this.#db.prepare('SELECT * FROM vouchers WHERE channel = ?').get(channel.toString());
    return row === undefined ? undefined : toVoucher(row);
  }

  /** Those that promise more than was redeemed, over closed channels too, by number. A channel that the log did not tell of yet has none. */
  pending(): readonly PendingVoucher[] {
    // Of decimal texts without leading zeros, the longer is the larger number.
    return this.#db
      .prepare(
        `SELECT * FROM vouchers JOIN channels USING (channel)
         WHERE (length(amount), amount) > (length(redeemed), redeemed) ORDER BY length(channel), channel`,
      )
      .all()
      .map((row) => {
        const [channel, signed] = [toChannel(row), toVoucher(row)];
        return { channel, signed, amount: signed.voucher.amount - channel.redeemed };
      });
  }

  keep(vouchers: readonly SignedVoucher[]): void {
    transaction(this.#db, () => {
      for (const { voucher, signature } of vouchers) {
        const kept = this.get(voucher.channel);
        if (kept !== undefined && kept.voucher.amount >= voucher.amount) continue;
        this.#db
          .prepare('INSERT OR REPLACE INTO vouchers VALUES (?, ?, ?, ?, ?, ?)')
          .run(
            voucher.channel.toString(),
            voucher.amount.toString(),
            voucher.readBytes.toString(),
            voucher.firstByteMs,
            voucher.kibPerSecond,
            signature.toLowerCase(),
          );
      }
    });
  }
}

function toVoucher(row: Row): SignedVoucher {
  const voucher = {
    channel: bigintOf(row, 'channel'),
    amount: bigintOf(row, 'amount'),
    readBytes: bigintOf(row, 'read_bytes'),
    firstByteMs: Number(row['first_byte_ms']),
    kibPerSecond: Number(row['kib_per_second']),
  };
  return { voucher, signature: hexOf(row, 'signature') };
}
