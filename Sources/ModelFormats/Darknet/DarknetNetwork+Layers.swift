/// How each kind of section is read: its keys, their defaults and the size of its output, after
/// Darknet's `src/parser.c` and the layers' own sources (pjreddie/darknet at f6afaab; keys of the
/// AlexeyAB fork where published networks use them).
extension DarknetNetwork {
  private typealias Build = (
    operation: DarknetLayer.Operation, sources: [DarknetLayer.Source], output: DarknetLayer.Shape
  )

  func layer(
    _ index: Int, _ name: String, _ options: inout DarknetOptions
  ) throws -> DarknetLayer {
    let build: Build
    switch name {
    case "convolutional", "conv": build = try convolution(index, &options)
    case "local": build = try local(index, &options)
    case "connected", "conn": build = try connected(index, &options)
    case "maxpool", "max": build = try maxPool(index, &options)
    case "avgpool", "avg": build = try averagePool(index, &options)
    case "route": build = try route(index, &options)
    case "shortcut": build = try shortcut(index, &options)
    case "scale_channels": build = try product(index, &options, isPerChannel: true)
    case "sam": build = try product(index, &options, isPerChannel: false)
    case "upsample": build = try upsample(index, &options)
    case "reorg", "reorg3d": build = try reorg(index, &options, isPlain: name == "reorg3d")
    case "dropout": build = try dropout(index, &options)
    case "yolo", "region", "detection":
      let source = try previous(index, options)
      let head = try head(index, name, source, &options)
      build = (.head(head), [source], shape(of: source))
    default: throw options.error("unknown section")
    }
    return DarknetLayer(
      section: index, name: name, operation: build.operation, sources: build.sources,
      inputs: build.sources.map(shape(of:)), output: build.output)
  }

  private func convolution(_ index: Int, _ options: inout DarknetOptions) throws -> Build {
    let source = try previous(index, options)
    let input = shape(of: source)
    let stride = try options.integer("stride", default: 1, in: 1...DarknetNetwork.sideLimit)
    let size = try options.integer("size", default: 1, in: 1...DarknetNetwork.sideLimit)
    var padding = try options.integer("padding", default: 0, in: 0...DarknetNetwork.sideLimit)
    if try options.flag("pad") { padding = size / 2 }
    // 2 is "cross-iteration" normalisation, which differs in training only.
    let normalization = try options.integer("batch_normalize", default: 0, in: 0...2)
    let convolution = DarknetLayer.Convolution(
      filters: try options.integer("filters", default: 1, in: 1...DarknetNetwork.channelLimit),
      size: size,
      strideX: try options.integer("stride_x", default: stride, in: 1...DarknetNetwork.sideLimit),
      strideY: try options.integer("stride_y", default: stride, in: 1...DarknetNetwork.sideLimit),
      padding: padding,
      dilation: try options.integer("dilation", default: 1, in: 1...DarknetNetwork.sideLimit),
      groups: try options.integer("groups", default: 1, in: 1...DarknetNetwork.channelLimit),
      isNormalized: normalization != 0,
      activation: try options.activation(default: "logistic"))
    try options.refuse(
      "flipped", "binary", "xnor", "bin_output", "antialiasing", "assisted_excitation",
      "share_index", "dontload", "dontloadscales", "sway", "rotate", "stretch", "stretch_sway",
      "deform", "reverse", "coordconv", "angle")
    options.passOver(DarknetTrainingKeys.layer)
    let groups = convolution.groups
    guard input.channels % groups == 0, convolution.filters % groups == 0 else {
      throw options.error(
        "groups=\(groups) does not divide \(input.channels) channels into "
          + "\(convolution.filters) filters")
    }
    // Darknet pads by padding * dilation but sizes the output as if undilated.
    guard convolution.dilation == 1 || 2 * padding == size - 1 else {
      throw options.error("dilation=\(convolution.dilation) needs padding of (size - 1) / 2")
    }
    let output = DarknetLayer.Shape(
      channels: convolution.filters,
      height: try steps(input.height + 2 * padding, size, convolution.strideY, options),
      width: try steps(input.width + 2 * padding, size, convolution.strideX, options))
    return (.convolution(convolution), [source], output)
  }

  /// The number of windows of `size` in `length`, `stride` apart.
  private func steps(
    _ length: Int, _ size: Int, _ stride: Int, _ options: DarknetOptions
  ) throws -> Int {
    guard length >= size else {
      throw options.error("size=\(size) exceeds the padded input of \(length)")
    }
    return (length - size) / stride + 1
  }

  private func local(_ index: Int, _ options: inout DarknetOptions) throws -> Build {
    let source = try previous(index, options)
    let input = shape(of: source)
    let local = DarknetLayer.Local(
      filters: try options.integer("filters", default: 1, in: 1...DarknetNetwork.channelLimit),
      size: try options.integer("size", default: 1, in: 1...64),
      stride: try options.integer("stride", default: 1, in: 1...DarknetNetwork.sideLimit),
      padding: try options.integer("pad", default: 0, in: 0...1),
      activation: try options.activation(default: "logistic"))
    options.passOver(DarknetTrainingKeys.layer)
    // The key pads by one pixel but sizes the output for size / 2: the two agree for 3 only.
    guard local.padding == 0 || local.size == 3 else {
      throw options.error("pad=1 with size=\(local.size), allowed is 3")
    }
    let output = DarknetLayer.Shape(
      channels: local.filters,
      height: try steps(input.height + 2 * local.padding, local.size, local.stride, options),
      width: try steps(input.width + 2 * local.padding, local.size, local.stride, options))
    return (.local(local), [source], output)
  }

  private func connected(_ index: Int, _ options: inout DarknetOptions) throws -> Build {
    let source = try previous(index, options)
    let outputs = try options.integer("output", default: 1, in: 1...(1 << 24))
    let isNormalized = try options.flag("batch_normalize")
    let activation = try options.activation(default: "logistic")
    try options.refuse("dontload", "dontloadscales")
    options.passOver(DarknetTrainingKeys.layer)
    return (
      .connected(outputs: outputs, isNormalized: isNormalized, activation: activation), [source],
      DarknetLayer.Shape(channels: outputs, height: 1, width: 1)
    )
  }

  /// Windows start `padding / 2` before the picture; what lies outside never wins.
  private func maxPool(_ index: Int, _ options: inout DarknetOptions) throws -> Build {
    let source = try previous(index, options)
    let input = shape(of: source)
    let stride = try options.integer("stride", default: 1, in: 1...DarknetNetwork.sideLimit)
    let strideX = try options.integer("stride_x", default: stride, in: 1...DarknetNetwork.sideLimit)
    let strideY = try options.integer("stride_y", default: stride, in: 1...DarknetNetwork.sideLimit)
    let size = try options.integer("size", default: stride, in: 1...DarknetNetwork.sideLimit)
    let padding = try options.integer("padding", default: size - 1, in: 0...(2 * size))
    try options.refuse("maxpool_depth", "antialiasing")
    options.passOver(DarknetTrainingKeys.layer + ["out_channels"])
    let begin = padding / 2
    let output = DarknetLayer.Shape(
      channels: input.channels,
      height: try steps(input.height + padding, size, strideY, options),
      width: try steps(input.width + padding, size, strideX, options))
    let pool = DarknetLayer.MaxPool(
      size: size, strideX: strideX, strideY: strideY, begin: begin,
      endX: max(0, (output.width - 1) * strideX + size - input.width - begin),
      endY: max(0, (output.height - 1) * strideY + size - input.height - begin))
    guard begin < size, pool.endX < size, pool.endY < size else {
      throw options.error("padding=\(padding) leaves windows of size \(size) without a pixel")
    }
    return (.maxPool(pool), [source], output)
  }

  private func averagePool(_ index: Int, _ options: inout DarknetOptions) throws -> Build {
    let source = try previous(index, options)
    let output = DarknetLayer.Shape(channels: shape(of: source).channels, height: 1, width: 1)
    options.passOver(DarknetTrainingKeys.layer)
    return (.globalAveragePool, [source], output)
  }

  private func dropout(_ index: Int, _ options: inout DarknetOptions) throws -> Build {
    let source = try previous(index, options)
    options.passOver(
      DarknetTrainingKeys.layer + [
        "probability", "dropblock", "dropblock_size_rel", "dropblock_size_abs",
        "dropblock_size",
      ])
    return (.identity, [source], shape(of: source))
  }

  private func route(_ index: Int, _ options: inout DarknetOptions) throws -> Build {
    guard let numbers = try options.integers("layers") else {
      throw options.error("lacks the key 'layers'")
    }
    let groups = try options.integer("groups", default: 1, in: 1...DarknetNetwork.channelLimit)
    let groupIndex = try options.integer("group_id", default: 0, in: 0...(groups - 1))
    options.passOver(DarknetTrainingKeys.layer)
    let sources = try numbers.map {
      try source($0, relativeTo: index, key: "layers", options)
    }
    var output = DarknetLayer.Shape(channels: 0, height: 0, width: 0)
    for (number, source) in zip(numbers, sources) {
      let part = shape(of: source)
      guard part.channels % groups == 0 else {
        throw options.error("groups=\(groups) does not divide \(part.channels) channels")
      }
      guard output.channels == 0 || (part.height, part.width) == (output.height, output.width)
      else {
        throw options.error(
          "layers=\(number) gives \(part), which does not fit beside \(output)")
      }
      // Each part is at most `outputLimit`, and a list is short: no overflow.
      output = DarknetLayer.Shape(
        channels: output.channels + part.channels / groups, height: part.height,
        width: part.width)
    }
    return (.route(groups: groups, groupIndex: groupIndex), sources, output)
  }

  private func shortcut(_ index: Int, _ options: inout DarknetOptions) throws -> Build {
    let first = try previous(index, options)
    guard let numbers = try options.integers("from") else {
      throw options.error("lacks the key 'from'")
    }
    let activation = try options.activation(default: "linear")
    let weighting = options.string("weights_type", default: "none")
    guard weighting == "none" || weighting.isEmpty else {
      throw options.error("weights_type=\(printable(weighting)) is not supported")
    }
    for key in ["alpha", "beta"] where try options.float(key, default: 1) != 1 {
      throw options.error("\(key) other than 1 is not supported")
    }
    options.passOver(DarknetTrainingKeys.layer + ["weights_normalization"])
    let sources = try numbers.map { try source($0, relativeTo: index, key: "from", options) }
    let output = shape(of: first)
    for (number, source) in zip(numbers, sources) where shape(of: source) != output {
      throw options.error(
        "from=\(number) gives \(shape(of: source)), which cannot be added to \(output)")
    }
    return (.shortcut(activation: activation), [first] + sources, output)
  }

  /// `[scale_channels]` (squeeze and excitation) multiplies each channel of an earlier output by one
  /// number of the section before; `[sam]` (spatial attention) multiplies element by element.
  private func product(
    _ index: Int, _ options: inout DarknetOptions, isPerChannel: Bool
  ) throws -> Build {
    let factors = try previous(index, options)
    guard let numbers = try options.integers("from"), numbers.count == 1 else {
      throw options.error("needs the key 'from' with one number")
    }
    let activation = try options.activation(default: "linear")
    try options.refuse("scale_wh")
    options.passOver(DarknetTrainingKeys.layer)
    let scaled = try source(numbers[0], relativeTo: index, key: "from", options)
    let output = shape(of: scaled)
    var expected = output
    if isPerChannel { (expected.height, expected.width) = (1, 1) }
    guard shape(of: factors) == expected else {
      throw options.error(
        "from=\(numbers[0]) gives \(output), which needs factors of \(expected), not "
          + "\(shape(of: factors))")
    }
    return (.product(activation: activation), [scaled, factors], output)
  }

  private func upsample(_ index: Int, _ options: inout DarknetOptions) throws -> Build {
    let source = try previous(index, options)
    let input = shape(of: source)
    let stride = try options.integer("stride", default: 2, in: 1...DarknetNetwork.sideLimit)
    let scale = try options.float("scale", default: 1)
    options.passOver(DarknetTrainingKeys.layer)
    let output = DarknetLayer.Shape(
      channels: input.channels, height: input.height * stride, width: input.width * stride)
    return (.upsample(stride: stride, scale: scale), [source], output)
  }

  private func reorg(
    _ index: Int, _ options: inout DarknetOptions, isPlain: Bool
  ) throws -> Build {
    let source = try previous(index, options)
    let input = shape(of: source)
    let stride = try options.integer("stride", default: 1, in: 1...DarknetNetwork.sideLimit)
    try options.refuse("reverse", "flatten", "extra")
    options.passOver(DarknetTrainingKeys.layer)
    let (square, _) = stride.multipliedReportingOverflow(by: stride)
    guard input.height % stride == 0, input.width % stride == 0,
      isPlain || input.channels % square == 0
    else { throw options.error("stride=\(stride) does not divide \(input)") }
    let output = DarknetLayer.Shape(
      channels: input.channels * square, height: input.height / stride,
      width: input.width / stride)
    return (isPlain ? .spaceToDepth(stride: stride) : .reorg(stride: stride), [source], output)
  }
}
