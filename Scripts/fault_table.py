"""What each fault case has to give, and the table of what it gave."""

# Case: exit code, what is on disk or on standard output afterwards.
EXPECTED = {
    1: ('1', 'an error record of kind decode, every good record'),
    2: ('1', 'an error record of kind io'),
    3: ('1', 'an error record of kind vanished'),
    4: ('1', 'an error record of kind changed; no SIGBUS'),
    5: ('74', 'whole lines in OUT.partial, OUT untouched; resumed: as undisturbed'),
    6: ('74', 'as 5'),
    7: ('74; EINTR and short writes 0', 'as 5'),
    8: ('130, 143 within 2 s', 'as many lines as said; resumed: as undisturbed'),
    9: ('137', 'resumed: as undisturbed, a torn line cut'),
    10: ('141; stdout closed 74', '--output files complete'),
    11: ('1', 'error records of kind limit; resident memory as without them'),
    12: ('1, or 65 where the model does not fit', 'an error record of kind limit; no abort'),
    13: ('1', 'an error record of kind limit'),
    14: ('0', 'one record and one file a path'),
    15: ('0', 'one record a distinct path'),
    16: ('0, dangling 1', 'links to folders not followed; dangling: an error record'),
    17: ('0', 'path with U+FFFD and path_b64; resumed: as undisturbed'),
    18: ('0', 'one line a record, control characters escaped on standard error'),
    19: ('0, by name 1', 'never blocks'),
    20: ('73', 'nothing'),
    21: ('0', 'the results are not read as an input'),
    22: ('second run 73', 'the first run unaffected'),
    23: ('0', 'the same bytes'),
    24: ('0', 'nothing beside the model'),
    25: ('65', 'nothing changed'),
    26: ('65, --allow-nonfinite 0', 'no output, no NaN in JSON'),
    27: ('1', 'error records of kind numeric'),
    28: ('65', 'no allocation made'),
    29: ('65', '-'),
    30: ('65, chain_12000 0', 'no stack overflow with 512 KiB'),
    31: ('65', 'nothing outside the folder opened'),
    32: ('65', 'nothing extracted; memory within the limit'),
    33: ('65', 'no process started'),
    34: ('65', '-'),
    35: ('0', 'resident memory within 10 %, at most 64 descriptors'),
    36: ('0, empty 66', 'empty but valid results'),
    37: ('0', 'the same bytes'),
    38: ('1', 'an error record of kind internal, the others complete'),
}


class Seen:
    """What the assertions of one case saw."""

    def __init__(self):
        self.codes, self.messages, self.disk = [], [], []

    def code(self, code):
        if code not in self.codes:
            self.codes.append(code)

    def message(self, line):
        """Keeps the first two different messages."""
        if line and line not in self.messages and len(self.messages) < 2:
            self.messages.append(line)

    def left(self, text):
        if text not in self.disk:
            self.disk.append(text)


def cell(text):
    text = text if len(text) <= 150 else text[:147] + '...'
    return text.replace('|', '\\|').replace('`', "'").replace('\n', ' ')


def table(rows, total, command):
    """Markdown. `rows`: number, name, outcome, `Seen`, note."""
    lines = [
        '# What 38 faults did', '',
        f'Written by `{command}`; its last line was `{total}`. Exit codes are those of the runs',
        'that were disturbed and of those that resumed them, in the order in which they were met;',
        'messages are lines of standard error that the case asks for.', '',
        '| # | fault | expected | seen: exit | seen: message | seen: on disk |',
        '|---|---|---|---|---|---|']
    for number, name, outcome, seen, note in rows:
        code, disk = EXPECTED[number]
        messages = '; '.join(f'`{cell(line)}`' for line in seen.messages) or '-'
        found = '; '.join(seen.disk[:4] + ([note] if note else [])) or '-'
        codes = ', '.join(map(str, seen.codes)) or '-'
        mark = '' if outcome == 'passed' else f'**{outcome}** '
        lines.append(f'| {number} | {cell(name)} | {code}: {cell(disk)} | {mark}{codes} | {messages} '
                     f'| {cell(found)} |')
    return '\n'.join(lines) + '\n'
