import type { DatabaseSync } from 'node:sqlite';

import type { SignedVoucher } from '../../market/messages.ts';
import type { ReceivedVouchers } from '../../retrieval/voucher-store.ts';
import { bigintOf, hexOf, type Row } from './columns.ts';
import { transaction } from './database.ts';

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

  /** All that are kept: one for each channel that ever paid, closed ones among them. */
  all(): readonly SignedVoucher[] {
    return this.#db.prepare('SELECT * FROM vouchers').all().map(toVoucher);
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

  /** Of a channel that is closed, nothing can be redeemed. */
  forget(channel: bigint): void {
    this.#db.prepare('DELETE FROM vouchers WHERE channel = ?').run(channel.toString());
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
