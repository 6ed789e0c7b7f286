/// A Darknet network described by its configuration alone: every layer with its sizes, the heads,
/// and how many weights it needs. Nothing has been allocated yet.
struct DarknetNetwork {
  private(set) var input: DarknetLayer.Shape
  private(set) var layers: [DarknetLayer] = []
  private(set) var heads: [DarknetHead] = []
  /// Keys of `[net]` that matter to who prepares the picture.
  private(set) var usesLetterbox: Bool?

  /// Elements of one layer's output.
  static let outputLimit = 1 << 29
  static let sideLimit = 1 << 16
  static let channelLimit = 1 << 20

  /// - Parameters:
  ///   - configuration: The parsed file.
  ///   - inputSize: Replaces `[net]`'s width and height.
  /// - Throws: `ModelError` naming the line and section of what is wrong or not understood.
  init(
    _ configuration: DarknetConfiguration, inputSize: (width: Int, height: Int)? = nil
  ) throws {
    let net = configuration.sections[0]
    guard net.name == "net" || net.name == "network" else {
      throw ModelError.notAModel(
        "line \(net.line): the first section is [\(printable(net.name))], not [net]")
    }
    var options = DarknetOptions(net, place: "[net]")
    let width = try options.integer("width", default: 0, in: 1...DarknetNetwork.sideLimit)
    let height = try options.integer("height", default: 0, in: 1...DarknetNetwork.sideLimit)
    let channels = try options.integer("channels", default: 0, in: 1...DarknetNetwork.channelLimit)
    if options.has("letter_box") { usesLetterbox = try options.flag("letter_box") }
    _ = try options.integer("time_steps", default: 1, in: 1...1)
    options.passOver(DarknetTrainingKeys.net)
    try options.finish()
    input = DarknetLayer.Shape(
      channels: channels, height: inputSize?.height ?? height, width: inputSize?.width ?? width)
    guard width > 0, height > 0, channels > 0 else {
      throw options.error("width, height and channels must be given")
    }
    try checkSize(input, options)
    for (index, section) in configuration.sections.dropFirst().enumerated() {
      let place = "section \(index) [\(printable(section.name))]"
      var options = DarknetOptions(section, place: place)
      let layer = try layer(index, section.name, &options)
      try options.finish()
      try checkSize(layer.output, options)
      guard layer.weightCounts != nil else {
        throw options.error("number of weights overflows")
      }
      if case .head(let head) = layer.operation { heads.append(head) }
      layers.append(layer)
    }
    guard !layers.isEmpty else { throw ModelError.graph("the network has no layers") }
  }

  /// The number of stored weights; saturates.
  var weightCount: Int {
    var total = 0
    for layer in layers {
      for (_, count) in layer.weightCounts ?? [] {
        let (sum, overflow) = total.addingReportingOverflow(count)
        if overflow { return Int.max }
        total = sum
      }
    }
    return total
  }

  private func checkSize(_ shape: DarknetLayer.Shape, _ options: DarknetOptions) throws {
    let count = checkedProduct([shape.channels, shape.height, shape.width])
    guard let count, count <= DarknetNetwork.outputLimit else {
      throw options.error(
        "output \(shape) has \(count.map { "\($0)" } ?? "too many") elements, at most "
          + "\(DarknetNetwork.outputLimit) allowed")
    }
  }

  // MARK: Sources

  /// The shape of a source and the source itself.
  func shape(of source: DarknetLayer.Source) -> DarknetLayer.Shape {
    switch source {
    case .input: input
    case .section(let index): layers[index].output
    }
  }

  /// The output of the section before.
  func previous(_ index: Int, _ options: DarknetOptions) throws -> DarknetLayer.Source {
    index == 0 ? .input : try source(index - 1, options)
  }

  /// An earlier section's output by its number, or relative to section `index` when negative.
  func source(
    _ number: Int, relativeTo index: Int, key: String, _ options: DarknetOptions
  ) throws -> DarknetLayer.Source {
    let (relative, overflow) = index.addingReportingOverflow(number)
    let absolute = number < 0 ? relative : number
    guard !overflow, (0..<index).contains(absolute) else {
      throw options.error("\(key)=\(number) names no section before this one (0 to \(index - 1))")
    }
    return try source(absolute, options)
  }

  private func source(_ index: Int, _ options: DarknetOptions) throws -> DarknetLayer.Source {
    if case .head = layers[index].operation {
      throw options.error("reads the detections of section \(index), which is an output")
    }
    return .section(index)
  }
}

/// Keys that matter for training, or for printing, but not for what a trained network computes.
enum DarknetTrainingKeys {
  static let net = [
    "batch", "subdivisions", "momentum", "decay", "angle", "saturation", "exposure", "hue",
    "learning_rate", "burn_in", "max_batches", "policy", "steps", "scales", "max_crop", "min_crop",
    "aspect", "inputs", "notruth", "random", "adam", "B1", "B2", "eps", "gamma", "step", "power",
    "scale", "mosaic", "mixup", "cutmix", "flip", "hflip", "blur", "gaussian_noise", "center",
    "optimized_memory", "workspace_size_limit_MB", "mosaic_bound", "ema_alpha", "max_delta",
    "loss_scale", "num_sigmas_reject_badlabels", "equidistant_point",
    "badlabels_rejection_percentage", "dynamic_minibatch", "augment_speed",
    "sequential_subdivisions", "init_sequential_subdivisions", "try_fix_nan", "track",
    "label_smooth_eps", "resize_step", "attention", "adversarial_lr", "contrastive",
    "contrastive_jit_flip", "contrastive_color", "unsupervised", "weights_reject_freq",
    "burnin_power", "seq_scales", "show_receptive_field", "cudnn_half", "reset",
    "use_cuda_graph", "cuda_graph",
  ]

  static let layer = [
    "stopbackward", "train_only_bn", "freeze", "learning_rate", "burnin_update", "dontsave",
    "onlyforward", "grad_centr", "label_smooth_eps", "receptive_field", "cbn",
  ]

  static let head = [
    "jitter", "ignore_thresh", "truth_thresh", "random", "max", "resize", "iou_normalizer",
    "cls_normalizer", "obj_normalizer", "delta_normalizer", "iou_loss", "iou_thresh",
    "iou_thresh_kind", "nms_kind", "beta_nms", "focal_loss", "label_smooth_eps", "max_delta",
    "counters_per_class", "objectness_smooth", "absolute", "thresh", "rescore", "object_scale",
    "noobject_scale", "class_scale", "coord_scale", "mask_scale", "bias_match", "classfix",
    "forced",
    "reorg", "cost", "show_details", "track_history_size", "sim_thresh", "dets_for_track",
    "dets_for_show", "track_ciou_norm", "mosaic", "stopbackward",
  ]
}
