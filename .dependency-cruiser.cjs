const only = (from, ...to) => ({
  name: `${from}-may-import-only`,
  severity: 'error',
  from: { path: `^packages/${from}/src` },
  to: { path: '^packages/', pathNot: [`^packages/${from}/`, ...to.map((t) => `^packages/${t}`)] },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'not-to-unlisted',
      severity: 'error',
      from: { path: '^packages/[^/]+/src' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
    only('fastcgi'),
    only('httpd-detect'),
    only('templates', 'httpd-detect/'),
    only('worker', 'fastcgi/'),
    only('bridge', 'fastcgi/', 'worker/(src|dist)/(messages|bundle)'),
    only('supervisor', 'bridge/(src|dist)/(file-watch|messages|output-lines|output-reader|restart-policy)'),
    only('cli', 'supervisor/', 'httpd-detect/', 'templates/', 'worker/(src|dist)/api'),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/fixtures/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'default'] },
  },
};
