/** `npm run test:data` sets it: every case instead of a part. */
// oxlint-disable-next-line node/no-process-env -- a switch of the tests
export const EVERY_CASE = process.env['STOWMARKET_TEST_DATA'] === 'every';
