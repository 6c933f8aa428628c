/** `npm run test:data` sets it: every case instead of a part. */
export const EVERY_CASE = process.env['STOWMARKET_TEST_DATA'] === 'every';
