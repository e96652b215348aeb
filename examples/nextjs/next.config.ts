import type { NextConfig } from 'next';

const config: NextConfig = {
  // One of many packages here; without it Next guesses the root from lockfiles.
  turbopack: { root: `${import.meta.dirname}/../..` },
};

export default config;
