/// Where the values of an integer section lie in its memory: pictures with their channels innermost,
/// views of others' channels sharing them.
struct SectionMemory {
  /// A value's place: a buffer of its own, or channels of another value's.
  struct Place {
    var buffer: Int
    var firstChannel: Int
    var pitch: Int
    var border: Int
  }

  private(set) var places: [Place] = []
  private(set) var offsets: [Int] = []
  private(set) var byteCount = 0

  /// Bytes that kernels may read past a picture.
  private static let slack = 64

  init(_ section: IntegerSection) {
    let values = section.values
    // Views first: a view's window and lifetime are its owner's.
    var owner = Array(values.indices)
    var first = [Int](repeating: 0, count: values.count)
    for step in section.steps {
      if case .channels(let channel) = step.operation {
        owner[step.output] = owner[step.inputs[0]]
        first[step.output] = first[step.inputs[0]] + channel
      }
    }
    var border = [Int](repeating: 0, count: values.count)
    var life = values.indices.map {
      LivingBuffer(byteCount: 0, first: Int.max, last: section.inputs.contains($0) ? 0 : -1)
    }
    func touch(_ value: Int, _ time: Int) {
      life[owner[value]].first = min(life[owner[value]].first, time)
      life[owner[value]].last = max(life[owner[value]].last, time)
    }
    for input in section.inputs { touch(input, 0) }
    for (index, step) in section.steps.enumerated() {
      for value in step.inputs { touch(value, index + 1) }
      touch(step.output, index + 1)
      if case .convolution(let window, _, _, _, _) = step.operation {
        let reach = window.reach(values[step.inputs[0]], values[step.output])
        border[owner[step.inputs[0]]] = max(border[owner[step.inputs[0]]], reach)
      }
    }
    for output in section.outputs { touch(output, section.steps.count + 1) }
    func pitch(_ value: Int) -> Int {
      let channels = values[value].channels
      return channels <= 4 ? 4 : (channels + 15) / 16 * 16
    }
    var buffers: [LivingBuffer] = []
    var bufferOf: [Int: Int] = [:]
    for value in values.indices where owner[value] == value && life[value].last >= 0 {
      var buffer = life[value]
      let (height, width) = (values[value].height, values[value].width)
      buffer.byteCount =
        (height + 2 * border[value]) * (width + 2 * border[value]) * pitch(value) + Self.slack
      bufferOf[value] = buffers.count
      buffers.append(buffer)
    }
    let placement = BufferPlacement(buffers)
    offsets = placement.offsets
    byteCount = placement.byteCount + Self.slack
    places = values.indices.map { value in
      Place(
        buffer: bufferOf[owner[value]] ?? 0, firstChannel: first[value],
        pitch: pitch(owner[value]), border: border[owner[value]])
    }
  }
}
