-- What recipes/studies/tune.lua searches where no space is given: of EIMF, of a backbone alone, of some in particular.
return {
  alone = "lr=3e-4..5e-3 dropout=0.2,0.3,0.4,0.5,0.6 batch=128,256,512",
  eimf = "lr_joint=3e-4..5e-3 dropout=0.3,0.4,0.5,0.6 lambda_align=0.03..1 lambda_semantic=0.03..1 lambda_text=0.1..1",
  sasrec = "lr=3e-4..5e-3 dropout=0.2,0.3,0.4,0.5,0.6 batch=512,1024,2048 blocks=1,2,3 heads=1,2,4 norm=pre,post",
  gru4rec = "lr=3e-4..5e-3 dropout=0.2,0.3,0.4,0.5,0.6 batch=512,1024,2048 layers=1,2 reset=after,before",
  mind = "lr=3e-4..5e-3 dropout=0.2,0.3,0.4,0.5,0.6 n_interests=2,4,8 routing_std=0.1,1 dynamic_k=true,false",
  comirec_dr = "lr=3e-4..5e-3 dropout=0.2,0.3,0.4,0.5,0.6 n_interests=2,4,8 routing_axis=interest,time",
  remi = "lr=3e-4..5e-3 dropout=0.2,0.3,0.4,0.5,0.6 n_interests=2,4,8 lambda_routing=1..1000",
  re4 = "lr=3e-4..5e-3 dropout=0.2,0.3,0.4,0.5,0.6 lambda_attend=0.01..1 lambda_contrast=0.01..1",
}
