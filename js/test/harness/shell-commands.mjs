// Splits shell code into its commands, as far as the documentation needs it: quotes, comments, $(...), pipes, && and redirections.

/** Returns the commands in a piece of shell code, each as its words. Those in $(...) are commands of their own. */
export function commandsOf(code) {
  const commands = [];
  let words = [];
  let word;
  const endWord = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = () => {
    endWord();
    const redirected = /^\d*(>>?|<)/;
    const named = words.filter((text, i) => !redirected.test(text) && !/^\d*(>>?|<)$/.test(words[i - 1] ?? ''));
    while (/^[A-Za-z_]\w*=/.test(named[0] ?? '')) named.shift();
    if (named.length) commands.push(named);
    words = [];
  };
  const text = code.replaceAll('\\\n', ' ');
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '#' && word === undefined) {
      while (i + 1 < text.length && text[i + 1] !== '\n') i++;
    } else if (c === '$' && text[i + 1] === '(') {
      const end = text.indexOf(')', i);
      commands.push(...commandsOf(text.slice(i + 2, end)));
      word = `${word ?? ''}${text.slice(i, end + 1)}`;
      i = end;
    } else if (c === "'" || c === '"') {
      let end = i + 1;
      while (text[end] !== c) {
        if (text[end] === undefined) throw new Error(`a quote without end: ${text.slice(i)}`);
        if (c === '"' && text[end] === '\\') end++;
        if (c === '"' && text.startsWith('$(', end)) {
          const inner = text.indexOf(')', end);
          commands.push(...commandsOf(text.slice(end + 2, inner)));
          end = inner;
        }
        end++;
      }
      const quoted = text.slice(i + 1, end);
      word = (word ?? '') + (c === '"' ? quoted.replace(/\\(["\\$`])/g, '$1') : quoted);
      i = end;
    } else if (c === '\\') {
      word = (word ?? '') + (text[++i] ?? '');
    } else if (c === '&' && word?.endsWith('>')) {
      word += c; // 2>&1
    } else if (c === '\n' || c === ';' || c === '|' || c === '&') {
      endCommand();
    } else if (c === ' ' || c === '\t') {
      endWord();
    } else if (c === '>' || c === '<') {
      word = (word ?? '') + c;
      if (!/[<>&]/.test(text[i + 1] ?? '')) endWord();
    } else word = (word ?? '') + c;
  }
  endCommand();
  return commands;
}
