#!/usr/bin/env python3
"""Sees whether an installation is whole: program, completions, manual page, with every option in each.

Usage: check_install.py PREFIX    (as after `make install DESTDIR=… PREFIX=…`)

Completions are parsed by the shells that are there, and bash is asked for some. The manual page is rendered by groff
with all warnings on, which must say nothing. Exit 1 when something is missing.
"""

import json
import os
import re
import shutil
import subprocess
import sys

problems = []


def expect(holds, what):
    if not holds:
        problems.append(what)


def commands(command, path=()):
    """Each command with its path of names."""
    yield path, command
    for child in command.get('subcommands', []):
        if child['commandName'] != 'help':
            yield from commands(child, path + (child['commandName'],))


def shown(command):
    """The spellings of the options a command shows."""
    for argument in command.get('arguments', []):
        if argument.get('shouldDisplay', True):
            for name in argument.get('names', []):
                yield ('-' if name['kind'] == 'short' else '--') + name['name']


def without_overstrike(text):
    return re.sub('.\b', '', re.sub('\x1b\\[[0-9;]*m', '', text))


def check_manual(path, root):
    done = subprocess.run(['groff', '-Kutf8', '-man', '-ww', '-Tutf8', '-rLL=200n', path], capture_output=True, text=True)
    expect(done.returncode == 0 and done.stderr == '', f'groff: {done.stderr.strip()[:500]}')
    page = without_overstrike(done.stdout).replace('\u2010', '-').replace('\u2212', '-').replace('−', '-')
    for title in ('NAME', 'SYNOPSIS', 'DESCRIPTION', 'ENVIRONMENT', 'EXIT STATUS'):
        expect(re.search(f'^{title}$', page, re.M), f'manual page: no section {title}')
    count = 0
    for name, command in commands(root):
        if not name:
            continue
        title = ' '.join(('DETECT',) + name).upper()
        start = page.find(f'\n{title}\n') + 1
        expect(start > 0, f'manual page: no section {title}')
        section = page[start:]
        end = re.search(r'\n[A-Z]', section)
        section = section[:end.start()] if end else section
        for option in shown(command):
            count += 1
            expect(re.search(rf'(?<![\w-]){re.escape(option)}(?![\w-])', section), f'{title} in the manual page: {option}')
    return count, page.count('\n')


def check_completions(paths, root):
    texts = {}
    for shell, path in paths.items():
        with open(path) as file:
            texts[shell] = file.read()
        if shutil.which(shell):
            done = subprocess.run([shell, '-n', path], capture_output=True, text=True)
            expect(done.returncode == 0 and done.stderr == '', f'{shell} -n: {done.stderr.strip()[:300]}')
    count = 0
    for name, command in commands(root):
        for option in shown(command):
            count += 1
            # fish has them as `-l model`, `-s o`.
            plain = option.lstrip('-')
            fish = rf"-{'l' if option.startswith('--') else 's'} '?{re.escape(plain)}\b"
            for shell, text in texts.items():
                pattern = fish if shell == 'fish' else rf'(?<![\w-]){re.escape(option)}(?![\w-])'
                expect(re.search(pattern, text), f"{shell} completion: {' '.join(name)} {option}")
    return count


def bash_completes(path, program, words):
    """What bash offers behind the words."""
    script = ('source "$1"; PATH="$2:$PATH"; COMP_WORDS=("${@:3}"); COMP_CWORD=$(($# - 3)); '
              'COMP_LINE="${*:3}"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; '
              'f=$(complete -p detect | sed -n "s/.*-F \\([^ ]*\\).*/\\1/p"); '
              '"$f" detect "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>&1; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(['bash', '-c', script, 'bash', path, os.path.dirname(program), *words],
                          capture_output=True, text=True)
    return done.stdout.split()


def main():
    prefix = os.path.abspath(sys.argv[1])
    program = os.path.join(prefix, 'bin', 'detect')
    share = os.path.join(prefix, 'share')
    completions = {
        'bash': os.path.join(share, 'bash-completion/completions/detect'),
        'zsh': os.path.join(share, 'zsh/site-functions/_detect'),
        'fish': os.path.join(share, 'fish/vendor_completions.d/detect.fish'),
    }
    manual = os.path.join(share, 'man/man1/detect.1')
    wanted = {program, manual, *completions.values()}
    there = {os.path.join(path, name) for path, _, names in os.walk(prefix) for name in names}
    expect(there == wanted, f'files: {sorted(there ^ wanted)}')
    expect(os.access(program, os.X_OK), 'the program is not executable')
    for path in wanted & there:
        expect(os.stat(path).st_mode & 0o022 == 0 and os.stat(path).st_mode & 0o444 == 0o444, f'{path}: mode')
    if wanted - there:
        print('\n'.join(problems), file=sys.stderr)
        return 1
    dump = subprocess.run([program, '--experimental-dump-help'], capture_output=True, check=True)
    root = json.loads(dump.stdout)['command']
    lines, options = 0, 0
    if shutil.which('groff'):
        options, lines = check_manual(manual, root)
        print(f'manual page: {options} options of {len(list(commands(root))) - 1} commands, {lines} lines, no warnings')
    else:
        print('manual page: skipped, no groff')
    count = check_completions(completions, root)
    shells = [shell for shell in completions if shutil.which(shell)]
    print(f'completions: {count} options in each of {", ".join(completions)}; parsed by {", ".join(shells)}')
    for words, answer in ((['detect', 'ru'], 'run'), (['detect', 'run', '--mod'], '--model'),
                          (['detect', 'run', '--format', 'mega'], 'megadetector')):
        offered = bash_completes(completions['bash'], program, words)
        expect(answer in offered, f'bash: {words}: offers {offered[:5]}, not {answer}')
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
