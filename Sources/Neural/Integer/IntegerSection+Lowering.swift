internal import CKernels

extension IntegerSection: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    let layout = SectionMemory(self)
    let given = node.inputs.compactMap { $0.map { builder.planar($0) } }
    // The whole section is one step of lives: its memory and its results exist from here on.
    let arena = builder.makePlanar(TensorType(.uint8, [layout.byteCount]))
    let results = node.outputs.map { builder.makePlanar(builder.type($0)) }
    let frame = Frame(section: self, layout: layout, arena: arena, isa: builder.isa)
    for (index, value) in inputs.enumerated() {
      builder.emit("from planar", shape: type(of: values[value]).shape) { memory in
        var picture = frame.bytes(value, memory)
        return ck_bytes_from_planar(
          frame.isa, memory.pointer(given[index]).assumingMemoryBound(to: UInt8.self), &picture,
          frame.flip(value))
      }
    }
    for step in steps {
      if case .channels = step.operation { continue }
      builder.emit(
        step.title, name: step.name, shape: type(of: values[step.output]).shape,
        multiplyAdds: step.multiplyAdds
      ) { frame.make(step, $0) }
    }
    for (index, value) in outputs.enumerated() {
      builder.emit("to planar", shape: type(of: values[value]).shape) { memory in
        var picture = frame.bytes(value, memory)
        return ck_bytes_to_planar(
          frame.isa, &picture, memory.pointer(results[index]).assumingMemoryBound(to: UInt8.self),
          frame.flip(value))
      }
    }
    builder.releaseTemporary(arena)
    for (value, planar) in zip(node.outputs, results) { builder.define(value, planar: planar) }
    return true
  }
}

extension IntegerSection.Step {
  /// What the names of integer steps begin with.
  static let titlePrefix = "int8 "

  /// For profiles.
  fileprivate var title: String {
    switch operation {
    case .convolution(_, _, _, _, let isDepthwise): isDepthwise ? "int8 depthwise" : "int8 Conv"
    case .table: "int8 table"
    case .binary(let multiplies): multiplies ? "int8 Mul" : "int8 Add"
    case .maxPool: "int8 MaxPool"
    case .resize: "int8 Resize"
    case .place: "int8 Concat"
    case .channels: "int8 channels"
    }
  }
}

/// What the kernels of a section are made from.
private struct Frame {
  let section: IntegerSection
  let layout: SectionMemory
  let arena: PlanarValue
  let isa: ck_isa

  func flip(_ value: Int) -> UInt8 { section.values[value].isSigned ? 128 : 0 }

  /// A value in memory, or `channels` of it from `first` on.
  func bytes(
    _ index: Int, _ memory: PlanMemory, first: Int = 0, channels: Int? = nil
  ) -> ck_bytes {
    let value = section.values[index]
    let place = layout.places[index]
    let row = (value.width + 2 * place.border) * place.pitch
    let start =
      layout.offsets[place.buffer] + place.border * (row + place.pitch) + place.firstChannel + first
    return ck_bytes(
      start: memory.pointer(arena).assumingMemoryBound(to: UInt8.self) + start,
      channels: Int32(channels ?? value.channels), height: Int32(value.height),
      width: Int32(value.width), border: Int32(place.border), pitch: Int32(place.pitch),
      zero: value.zero)
  }

  func make(_ step: IntegerSection.Step, _ memory: PlanMemory) -> UnsafeMutablePointer<ck_op>? {
    guard let table = step.table else { return make(step, memory, nil) }
    return table.withUnsafeBufferPointer { make(step, memory, $0.baseAddress) }
  }

  private func make(
    _ step: IntegerSection.Step, _ memory: PlanMemory, _ table: UnsafePointer<UInt8>?
  ) -> UnsafeMutablePointer<ck_op>? {
    var input = bytes(step.inputs[0], memory)
    var output = bytes(step.output, memory)
    switch step.operation {
    case .convolution(let window, let weights, let bias, let factors, let isDepthwise):
      var options = window.options
      let make = isDepthwise ? ck_bytes_depthwise : ck_bytes_conv
      return make(isa, &options, &input, &output, weights, bias, factors, step.zero, table)
    case .table: return ck_bytes_table(isa, &input, &output, table)
    case .binary(let multiplies):
      var second = bytes(step.inputs[1], memory)
      return ck_bytes_binary(
        isa, multiplies ? 1 : 0, &input, section.values[step.inputs[0]].scale, &second,
        section.values[step.inputs[1]].scale, &output, step.scale, step.zero, table)
    case .maxPool(let window):
      var options = window.options
      return ck_bytes_max_pool(isa, &options, &input, &output, table)
    case .resize(let rows, let columns):
      return ck_bytes_resize(isa, &input, &output, rows, columns, table)
    case .place(let first):
      var part = bytes(
        step.output, memory, first: first, channels: section.values[step.inputs[0]].channels)
      return ck_bytes_table(isa, &input, &part, table)
    case .channels: return nil
    }
  }
}

extension IntegerSection.Window {
  fileprivate var options: ck_bytes_window {
    ck_bytes_window(
      kernel_height: Int32(kernel[0]), kernel_width: Int32(kernel[1]), stride_y: Int32(strides[0]),
      stride_x: Int32(strides[1]), dilation_y: Int32(dilations[0]), dilation_x: Int32(dilations[1]),
      pad_top: Int32(pads[0]), pad_left: Int32(pads[1]))
  }
}
