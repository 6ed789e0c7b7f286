#!/usr/bin/env python3
"""Writes the manual page of detect from what `detect --experimental-dump-help` says."""

import json
import re
import subprocess
import sys


def roff(text):
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return '\n'.join(('\\&' + line) if line[:1] in ".'" else line for line in text.split('\n'))


def spelled(name):
    return ('-' if name['kind'] == 'short' else '--') + name['name']


def options(command):
    section = None
    for argument in command.get('arguments', []):
        if not argument.get('shouldDisplay', True):
            continue
        title = argument.get('sectionTitle')
        if title != section and title:
            yield f'.PP\n.B {roff(title)}'
        section = title
        value = argument.get('valueName', 'value')
        if argument['kind'] == 'positional':
            head = f'\\fI{roff(value)}\\fR'
        else:
            names = ', '.join(f'\\fB{roff(spelled(name))}\\fR' for name in argument['names'])
            head = names if argument['kind'] == 'flag' else f'{names} \\fI{roff(value)}\\fR'
        text = argument.get('abstract', '')
        if argument.get('defaultValue'):
            text += f" (default: {argument['defaultValue']})"
        yield f'.TP\n{head}\n{roff(text)}'


def commands(command, names=''):
    """The commands below one, each before those below it, with their names."""
    for child in command.get('subcommands', []):
        if child['commandName'] != 'help':
            path = f"{names} {child['commandName']}".strip()
            yield path, child
            yield from commands(child, path)


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else 'detect'
    dump = subprocess.run([program, '--experimental-dump-help'], capture_output=True, check=True)
    version = subprocess.run([program, '--version'], capture_output=True, text=True, check=True).stdout
    root = json.loads(dump.stdout)['command']
    print(f'.TH DETECT 1 "" "detect {version.strip()}" "User Commands"')
    print(f".SH NAME\ndetect \\- {roff(root['abstract'].rstrip('.').lower())}")
    print('.SH SYNOPSIS\n.B detect\n[\\fIcommand\\fR] \\fIpath\\fR... [\\fIoptions\\fR]')
    discussion = re.sub(r'[ \t]*\n[ \t]*\n', '\n.PP\n', roff(root.get('discussion', '')))
    print(f'.SH DESCRIPTION\n{discussion}')
    for names, command in commands(root):
        print(f".SH DETECT {roff(names.upper())}\n{roff(command['abstract'])}")
        if command.get('discussion'):
            print('.PP\n' + roff(command['discussion']))
        print('\n'.join(options(command)))
    print('.SH ENVIRONMENT\nEach flag can be set by a variable: \\fBDETECT_MAX_DET=10\\fR for '
          '\\fB\\-\\-max\\-det 10\\fR, \\fBDETECT_RECURSIVE=1\\fR for \\fB\\-\\-recursive\\fR. The command '
          'line comes first, then variables, then the file of \\fB\\-\\-config\\fR.')
    print('.TP\n.B DETECT_MODELS\nThe folder of fetched models.')
    print('.SH EXIT STATUS')
    for code, meaning in (
            (0, 'every input done'), (1, 'finished, but at least one input failed'),
            (64, 'wrong usage'), (65, 'model, configuration or earlier run refused'),
            (66, 'no input readable'), (70, 'internal error'),
            (73, 'an output cannot be created or is in use'), (74, 'writing failed'),
            ('130, 143', 'stopped by a signal, with everything finished written'),
            (141, 'the reader of standard output has gone')):
        print(f'.TP\n.B {code}\n{roff(meaning)}')


if __name__ == '__main__':
    main()
